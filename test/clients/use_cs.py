"""What the users of `cs` do with it, as whoever's keys are in the file that is named; tells what it saw as JSON."""
import json
import sys

from cs import CloudStack, CloudStackApiException

who = json.load(open(sys.argv[1]))
access = dict(endpoint=who['api'], key=who['apikey'], secret=who['secretkey'], verify=who['cacertificate'], poll_interval=0.1)
cs = CloudStack(**access)
post = CloudStack(method='post', **access)


def error(call, **values):
    try:
        return call(**values)
    except CloudStackApiException as refused:
        return [refused.error['errorcode'], refused.error['errortext']]


def every_list():
    """Whatever listApis offers to this role that lists and needs nothing said: all of it is read, page by page."""
    apis = cs.listApis(fetch_list=True)
    wanting = {'listTemplates': dict(templatefilter='executable')}
    names = [api['name'] for api in apis if api['name'].startswith('list')
             and (api['name'] in wanting or not any(param['required'] for param in api['params']))]
    answers = {name: error(getattr(cs, name), **wanting.get(name, {})) for name in names}
    return sorted(names), {name: answer for name, answer in answers.items() if isinstance(answer, list)}


def machine():
    zone = cs.listZones()['zone'][0]['id']
    template = cs.listTemplates(templatefilter='executable', zoneid=zone, fetch_list=True)[0]
    offering = cs.listServiceOfferings(name=who['offering'])['serviceoffering'][0]['id']
    key = cs.createSSHKeyPair(name='by-cs')['keypair']
    assert key['privatekey'].startswith('-----BEGIN'), key
    made = post.deployVirtualMachine(zoneid=zone, templateid=template['id'], serviceofferingid=offering, name='by-cs', keypair='by-cs',
                                     userdata='I2Nsb3VkLWNvbmZpZwo=', details={'note': "~*[x] !'()+é"}, fetch_result=True)['virtualmachine']
    disk = next(one['id'] for one in cs.listDiskOfferings(fetch_list=True) if not one['iscustomized'])
    volume = cs.createVolume(zoneid=zone, name='by-cs', diskofferingid=disk, fetch_result=True)['volume']
    attached = cs.attachVolume(id=volume['id'], virtualmachineid=made['id'], fetch_result=True)['volume']
    odd = "~*[x] !'()+/%&=é"
    for client, value in [(cs, odd), (post, odd + odd)]:
        client.createTags(resourcetype='UserVm', resourceids=[made['id']], tags=[{'key': client.method, 'value': value}], fetch_result=True)
    tags = cs.listTags(resourcetype='UserVm', resourceid=made['id'], fetch_list=True)
    stopped = post.stopVirtualMachine(id=made['id'], forced=True, fetch_result=True)['virtualmachine']
    started = cs.startVirtualMachine(id=made['id'], fetch_result=True)['virtualmachine']
    listed = cs.listVirtualMachines(details='all', fetch_list=True)
    detached = cs.detachVolume(id=volume['id'], fetch_result=True)['volume']
    cs.deleteVolume(id=volume['id'])
    cs.destroyVirtualMachine(id=made['id'], expunge=True, fetch_result=True)
    cs.deleteSSHKeyPair(name='by-cs')
    return {
        'ready': template['isready'], 'states': [made['state'], stopped['state'], started['state']], 'address': made['nic'][0]['ipaddress'],
        'detail': listed[0]['details']['note'], 'key': listed[0]['keypairs'], 'names': [one['name'] for one in listed],
        'volumes': [volume['state'], attached['vmname'], 'vmname' in detached],
        'tags': {tag['key']: tag['value'] for tag in tags} == {'get': odd, 'post': odd + odd},
        'left': [cs.listVirtualMachines(), cs.listVolumes(), cs.listSSHKeyPairs()],
    }


def people():
    """An account and a user of it, made, changed, disabled, enabled and deleted."""
    person = dict(username='Eve', password='Secret-of-Eve-1', firstname='Eve', lastname='Example', email='eve@example.org')
    account = error(cs.createAccount, account='eve', accounttype=0, domainid=who['domainid'], **person)
    if isinstance(account, list):
        return account
    account = account['account']
    [user] = cs.listUsers(accountid=account['id'], account='eve', domainid=who['domainid'], fetch_list=True)
    changed = cs.updateUser(id=user['id'], lastname='Changed')['user']
    second = cs.createUser(account='eve', domainid=who['domainid'], **dict(person, username='Adam'))['user']
    disabled = cs.disableUser(id=second['id'], fetch_result=True)['user']
    enabled = cs.enableUser(id=second['id'])['user']
    cs.deleteUser(id=second['id'])
    cs.deleteAccount(id=account['id'], fetch_result=True)
    return [account['name'], user['username'], changed['lastname'], disabled['state'], enabled['state'], second['account'],
            cs.listAccounts(name='eve', listall=True)]


def project():
    made = cs.createProject(name='by-cs', displaytext='Made by cs', fetch_result=True)['project']
    mine = [one['name'] for one in cs.listProjects(fetch_list=True)]
    limits = cs.listResourceLimits(projectid=made['id'], fetch_list=True)
    suspended = cs.suspendProject(id=made['id'], fetch_result=True)['project']
    cs.deleteProject(id=made['id'], fetch_result=True)
    return [mine, suspended['state'], len(limits) > 5, cs.listProjects(name='by-cs')]


def errors():
    nobody = CloudStack(**dict(access, secret='wrong'))
    late = CloudStack(expiration=-1, **access)
    return {
        'unknown command': error(cs.listNothingLikeThis)[0],
        'missing parameter': error(cs.startVirtualMachine),
        'unknown thing': error(cs.startVirtualMachine, id='11111111-2222-3333-4444-555555555555'),
        'wrong secret': error(nobody.listZones)[0],
        'without an end': 'zone' in late.listZones(),
        'expired': error(cs.listZones, signatureVersion='3', expires='2020-01-01T00:00:00+0000')[0],
        'a failed job': error(cs.startVirtualMachine, id=who['running'], fetch_result=True) if 'running' in who else None,
    }


names, refused = every_list()
print(json.dumps({'lists': names, 'refused': refused, 'machine': machine(), 'people': people(), 'project': project(), 'errors': errors()}))
