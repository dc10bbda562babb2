#!/bin/bash
# The first process of the benchmark's guest: the kernel's file systems, the image's kernel settings, then the
# laboratory's agent on the second serial port.
export PATH=/usr/bin:/usr/sbin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs run /run
ip link set lo up
echo "the guest is ready"
while true; do bash /etc/laboratory/agent <>/dev/ttyS1 1>&0 2>/dev/console; done
