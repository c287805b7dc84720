#!/bin/bash
# Runs a command in the bare Debian of `bare.test.ts`: enter.sh ROOT COMMAND…, in a mount namespace of its own.
# Its root is exchanged for ROOT rather than changed to it: libvirt makes namespaces for guests, which a chroot confuses.
set -eu
if [ "$1" != --inside ]; then exec unshare --mount --propagation private "$0" --inside "$@"; fi
root=$2; shift 2
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs tmpfs "$root/run"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
# Whom this machine trusts (a company's own authority, perhaps), npm there must trust too.
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/this-machine.crt"
cd "$root"
mkdir -p run/before
pivot_root . run/before
umount --lazy /run/before
exec /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
  NODE_EXTRA_CA_CERTS=/etc/ssl/certs/this-machine.crt ${VIRTSTACK_OFFLINE:+VIRTSTACK_OFFLINE=1} \
  ${https_proxy:+https_proxy=$https_proxy} ${http_proxy:+http_proxy=$http_proxy} "$@"
