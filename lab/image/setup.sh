# Runs in the image's root, after its packages are there.

# TCG has no CPUID vme and the hypervisor hides sep: without this libvirtd finds no CPU model under Xen and ends.
sed -i '/vme/d' /usr/share/libvirt/cpu_map/x86_486.xml

: >/etc/fstab
echo newborn >/etc/hostname
printf '127.0.0.1 localhost\n' >/etc/hosts
passwd -q -d root

for key in rsa ecdsa; do rm -f /etc/ssh/ssh_host_${key}_key*; done
[ -e /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key

# Nothing wakes up by itself in a host that is saved and resumed. (systemd-machined stays: the QEMU driver does not start without it.)
for timer in /lib/systemd/system/*.timer; do systemctl -q mask "$(basename "$timer")"; done
systemctl -q mask libvirt-guests.service e2scrub_reap.service getty@tty1.service systemd-update-utmp.service nfs-blkmap.service systemd-binfmt.service
# The first host of a lab starts it.
systemctl -q disable nfs-server.service
systemctl -q enable lab-host.service libvirtd.service
update-initramfs -u
