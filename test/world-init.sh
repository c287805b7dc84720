#!/bin/bash
# First process of a world (see world.ts): makes it private, starts the daemons that --libvirtd asks for, runs its arguments, reaps orphans.
# Bash stays the first process because it reaps what it did not start; Node does not.
set -eu
libvirtd=no
if [ "$1" = --libvirtd ]; then libvirtd=yes; shift; fi

for directory in /var/lib/libvirt /var/cache/libvirt /var/log/libvirt; do mkdir -p "$directory"; done
# All of /run: pid files lie beside the sockets.
for directory in /run /var/lib/libvirt /var/cache/libvirt /var/log/libvirt; do mount -t tmpfs -o mode=755 tmpfs "$directory"; done
mkdir -p /run/lock /run/user /var/log/libvirt/qemu
# A sysfs of this network namespace, without the machine's cgroups: libvirt would make groups there.
umount --recursive --lazy /sys
mount -t sysfs sysfs /sys
ip link set lo up

# What libvirt is told and what it defines stays in the world, and the users that are made.
mkdir -p /run/configuration
cp -a /etc/. /run/configuration
mount --bind /run/configuration /etc
rm -rf /etc/libvirt/qemu/networks/autostart /etc/libvirt/qemu/*.xml

if [ "$libvirtd" = yes ]; then
  # The machine's own group and user cannot open what a test makes; a stock /dev/kvm without rights makes every call take seconds.
  printf '%s\n' 'security_driver = "none"' 'user = "root"' 'group = "root"' 'stdio_handler = "logd"' 'cgroup_controllers = []' \
    'namespaces = []' >/etc/libvirt/qemu.conf
  export LIBVIRT_LOG_OUTPUTS="3:file:/var/log/libvirt/libvirtd.log"
  virtlogd --daemon >>/var/log/libvirt/virtlogd.log 2>&1
  libvirtd --daemon >>/var/log/libvirt/libvirtd.log 2>&1
  # A connection waits until the drivers are ready.
  if ! virsh --connect qemu:///system version >/run/virsh.log 2>&1; then
    echo 'world: libvirtd did not answer:' >&2
    cat /run/virsh.log /var/log/libvirt/virtlogd.log /var/log/libvirt/libvirtd.log >&2
    exit 1
  fi
  unset LIBVIRT_LOG_OUTPUTS
fi

export VIRTSTACK_WORLD=1 VIRTSTACK_OFFLINE=1 LIBVIRT_DEFAULT_URI=qemu:///system
# Asynchronous commands of a shell read /dev/null unless told otherwise.
"$@" <&0 &
child=$!
trap 'kill -TERM $child 2>/dev/null || true' TERM INT
code=0
wait $child || code=$?
# A trapped signal ends the first wait before the child did.
while kill -0 $child 2>/dev/null; do code=0; wait $child || code=$?; done
exit $code
