#!/bin/sh
# Builds the disk of a lab host: build.sh DIRECTORY SUITE AUTHORIZED-KEY NODE PACKAGE...
# SUITE is a release of Debian.
# Leaves disk.qcow2, vmlinuz, initrd.img and xen (the hypervisor) in DIRECTORY. Its mounts end with its namespaces.
set -eu
mirror=http://deb.debian.org/debian
here=$(dirname "$(readlink -f "$0")")
out=$1 suite=$2 key=$3 node=$4
shift 4
root=$out/root
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror"
cat >"$root/etc/apt/sources.list" <<END
deb $mirror $suite main
deb $mirror $suite-updates main
deb http://deb.debian.org/debian-security $suite-security main
END
cp -r "$here/files/." "$root/"
mkdir -p "$root/root/.ssh"
cp "$key" "$root/root/.ssh/authorized_keys"
# For the agent: it is large, and to copy it into a running host takes longer than all else.
install -m 755 "$node" "$root/usr/local/bin/node"
chown -R 0:0 "$root/root" "$root/etc" "$root/usr/local"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d" "$root"/usr/local/sbin/*
mount -t proc proc "$root/proc"
chroot "$root" apt-get update -q
chroot "$root" apt-get install -qy --no-install-recommends -o Dpkg::Options::=--force-confold "$@"
chroot "$root" apt-get clean
chroot "$root" sh -eu <"$here/setup.sh"
umount "$root/proc"
rm "$root/usr/sbin/policy-rc.d"
rm -rf "$root"/var/lib/apt/lists/* "$root"/dev/*

cp "$root"/boot/vmlinuz-* "$out/vmlinuz"
cp "$root"/boot/initrd.img-* "$out/initrd.img"
gunzip -c "$root"/boot/xen-*.gz >"$out/xen"
cp "$root"/etc/ssh/ssh_host_ed25519_key.pub "$out/newborn.pub"
mke2fs -q -t ext4 -d "$root" "$out/disk.raw" 12G
qemu-img convert -f raw -O qcow2 "$out/disk.raw" "$out/disk.qcow2"
rm -rf "$root" "$out/disk.raw"
