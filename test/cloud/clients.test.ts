import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cloud, sh } from './cloud.ts';

/** What `cs`, the Python client that Ansible's collection stands on, does as its users do it. */
const script = `
import json, sys
from cs import CloudStack, CloudStackApiException
admin = json.load(open(sys.argv[1]))
cs = CloudStack(endpoint=admin['api'], key=admin['apikey'], secret=admin['secretkey'], verify=admin['cacertificate'])
zone = cs.listZones()['zone'][0]['id']
template = cs.listTemplates(templatefilter='executable', zoneid=zone, fetch_list=True)[0]
offering = cs.listServiceOfferings(name='Tiny Instance')['serviceoffering'][0]['id']
made = cs.deployVirtualMachine(zoneid=zone, templateid=template['id'], serviceofferingid=offering, name='by-cs', fetch_result=True)
machine = made['virtualmachine']
post = CloudStack(endpoint=admin['api'], key=admin['apikey'], secret=admin['secretkey'], verify=admin['cacertificate'], method='post')
stopped = post.stopVirtualMachine(id=machine['id'], forced=True, fetch_result=True)
listed = cs.listVirtualMachines(listall=True, details='all', fetch_list=True)
destroyed = cs.destroyVirtualMachine(id=machine['id'], expunge=True, fetch_result=True)
try:
    cs.listNothingLikeThis()
    unknown = None
except CloudStackApiException as error:
    unknown = error.error['errorcode']
empty = cs.listVirtualMachines(listall=True)
print(json.dumps({'ready': template['isready'], 'state': machine['state'], 'address': machine['nic'][0]['ipaddress'], 'stopped': stopped['virtualmachine']['state'],
  'names': [m['name'] for m in listed], 'unknown': unknown, 'empty': empty}))
`;

describe('clients of others', () => {
  const cloud = new Cloud();
  before(() => cloud.up());
  after(() => cloud.end());

  it('cs deploys, stops by POST, lists and destroys; an unknown command is an error of its own', async () => {
    const seen = JSON.parse(await sh('/usr/bin/python3', '-c', script, `${cloud.dataDir}/admin.json`));
    assert.match(seen.address, /^10\.1\.\d+\.\d+$/);
    delete seen.address;
    assert.deepEqual(seen, { ready: true, state: 'Running', stopped: 'Stopped', names: ['by-cs'], unknown: 432, empty: {} });
  });
});
