#!/bin/bash
# Stands for systemd in a world, which has none: what is enabled and active is a file in /run/units; libvirt's daemons really start and stop.
set -eu
state=/run/units
mkdir -p $state/enabled $state/active
pid_of() { cat "/run/$1.pid" 2>/dev/null || true; }
alive() { local pid; pid=$(pid_of "$1"); [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ]; }
loaded() { [ -e "/etc/systemd/system/$1" ] || [ -e "/lib/systemd/system/$1" ]; }
masked() { [ "$(readlink "/etc/systemd/system/$1" || true)" = /dev/null ]; }
active() { if [ "$1" = libvirtd.service ]; then alive libvirtd; else [ -e "$state/active/$1" ]; fi; }
start() {
  active "$1" && return
  case $1 in
    # As systemd does: no socket is taken for a daemon that runs.
    libvirtd-tls.socket) if alive libvirtd; then echo "Job for $1 failed: Socket service libvirtd.service already active, refusing." >&2; exit 1; fi ;;
    virtlockd.socket) alive virtlockd || virtlockd --daemon --pid-file /run/virtlockd.pid ;;
    libvirtd.service)
      listen=; if active libvirtd-tls.socket; then listen=--listen; fi
      libvirtd --daemon --pid-file /run/libvirtd.pid $listen </dev/null >/dev/null 2>&1 || { echo "Job for $1 failed." >&2; exit 1; } ;;
  esac
  [ "$1" = libvirtd.service ] || touch "$state/active/$1"
}
stop() {
  case $1 in
    libvirtd.service | virtlockd.socket)
      local name=${1%.*} pid; pid=$(pid_of "$name")
      if alive "$name"; then kill "$pid"; while alive "$name"; do sleep 0.05; done; fi ;;
  esac
  rm -f "$state/active/$1"
}
verb=$1; shift
echo "$verb $*" >>/run/units/log
case $verb in
  show)
    unit=${!#}
    if masked "$unit"; then load=masked; elif loaded "$unit"; then load=loaded; else load=not-found; fi
    echo "LoadState=$load"
    if [ -e "$state/enabled/$unit" ]; then echo UnitFileState=enabled; else echo UnitFileState=disabled; fi
    if active "$unit"; then echo ActiveState=active; else echo ActiveState=inactive; fi ;;
  daemon-reload) ;;
  *)
    for unit; do
      loaded "$unit" || { echo "Failed to $verb $unit: Unit $unit not found." >&2; exit 5; }
      case $verb in
        enable) touch "$state/enabled/$unit" ;;
        disable) rm -f "$state/enabled/$unit" ;;
        start) start "$unit" ;;
        stop) stop "$unit" ;;
        restart) stop "$unit"; start "$unit" ;;
      esac
    done ;;
esac
