#!/bin/sh
# Prints what a DHCP server gave, for the test that asked.
[ "$1" = bound ] || exit 0
for name in ip subnet router dns domain; do eval "echo $name=\$$name"; done
