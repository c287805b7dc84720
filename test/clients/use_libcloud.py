"""What the users of Apache Libcloud do with it, as whoever's keys are in the file that is named; tells what it saw as JSON."""
import json
import sys

import libcloud.security
from libcloud.common.types import InvalidCredsError, ProviderError
from libcloud.compute.providers import get_driver
from libcloud.compute.types import KeyPairDoesNotExistError, Provider

who = json.load(open(sys.argv[1]))
libcloud.security.CA_CERTS_PATH = who['cacertificate']
CloudStack = get_driver(Provider.CLOUDSTACK)


def driver(secret=who['secretkey']):
    made = CloudStack(key=who['apikey'], secret=secret, url=who['api'])
    made.connection.poll_interval = 0.1
    return made


cloud = driver()


def error(call, *values, **named):
    try:
        return call(*values, **named)
    except (InvalidCredsError, KeyPairDoesNotExistError) as refused:
        return type(refused).__name__
    except ProviderError as refused:
        return [refused.http_code, refused.value]
    except Exception as failed:  # what a failed job becomes
        return str(failed)


def lists():
    every = {
        'locations': cloud.list_locations, 'images': cloud.list_images, 'sizes': cloud.list_sizes, 'volumes': cloud.list_volumes,
        'key pairs': cloud.list_key_pairs, 'disk offerings': cloud.ex_list_disk_offerings, 'networks': cloud.ex_list_networks,
        'network offerings': cloud.ex_list_network_offerings, 'projects': cloud.ex_list_projects, 'limits': cloud.ex_limits,
        'types of systems': cloud.ex_list_os_types,
    }
    return {name: len(call()) for name, call in every.items()}


def key_pairs():
    made = cloud.create_key_pair('by-libcloud')
    known = cloud.import_key_pair_from_string('known', who['publickey'])
    same = cloud.get_key_pair('known').fingerprint == known.fingerprint
    names = sorted(one.name for one in cloud.list_key_pairs())
    for pair in (made, known):
        cloud.delete_key_pair(pair)
    return [made.private_key.startswith('-----BEGIN'), same, names, len(cloud.list_key_pairs()), error(cloud.get_key_pair, 'known')]


def node():
    size = next(one for one in cloud.list_sizes() if one.name == who['offering'])
    [image] = cloud.list_images(location=cloud.list_locations()[0])
    odd = "~*[x] !'()+/%&=é"
    made = cloud.create_node(name='by-libcloud', size=size, image=image, ex_start_vm=True, ex_displayname=odd, ex_userdata='#cloud-config\n')
    cloud.ex_create_tags([made.id], 'UserVm', {'stage': odd})
    volume = cloud.create_volume(5, 'by-libcloud', ex_volume_type='Small')
    cloud.attach_volume(made, volume)
    attached = [one.name for one in cloud.list_volumes(node=made) if one.extra['volume_type'] == 'DATADISK']
    listed = [(one.name, one.extra['tags'], one.extra['size_name']) for one in cloud.list_nodes()]
    assert cloud.ex_get_node(made.id).private_ips == made.private_ips
    states = [made.state, cloud.ex_stop(made), cloud.ex_start(made), cloud.reboot_node(made)]
    cloud.detach_volume(volume)
    state = cloud.ex_get_volume(volume.id).state
    cloud.destroy_volume(volume)
    cloud.ex_delete_tags([made.id], 'UserVm', ['stage'])
    cloud.destroy_node(made, ex_expunge=True)
    return {'address': made.private_ips, 'states': states, 'attached': attached, 'volume': state, 'left': len(cloud.list_volumes()),
            'listed': listed == [('by-libcloud', {'stage': odd}, who['offering'])], 'nodes left': len(cloud.list_nodes())}


def errors():
    return {
        'wrong secret': error(driver('wrong').list_locations),
        'unknown thing': error(cloud.ex_get_volume, '11111111-2222-3333-4444-555555555555'),
    }


print(json.dumps({'lists': lists(), 'key pairs': key_pairs(), 'node': node(), 'errors': errors()}))
