#!/bin/bash
# Answers the laboratory on the gateway's second serial port. It exists only in a laboratory's copy of the disk.
stty raw -echo
export SYSTEMD_COLORS=0 NO_COLOR=1 TERM=dumb

free_bytes() {
  df --block-size=1 --output=avail / | tail -n 1
}

answer() {
  case $1 in
    kill-service) systemctl kill --kill-whom=main --signal=SIGKILL remoteconnect.service ;;
    pause-service) systemctl kill --kill-whom=main --signal=SIGSTOP remoteconnect.service ;;
    resume-service) systemctl kill --kill-whom=main --signal=SIGCONT remoteconnect.service ;;
    hang-service)
      pid=$(systemctl show --value --property=MainPID remoteconnect.service)
      while kill -s STOP "$pid" 2>/dev/null; do :; done
      ;;
    flush-firewall) nft flush ruleset ;;
    # What routers have said of the size of packets (RFC 1191): the kernel remembers it for ten minutes.
    forget-path-mtu) ip route flush cache ;;
    traces)
      [ ! -e /sys/class/net/rc0 ] || echo interface
      ! nft list tables | grep -q remoteconnect || echo table
      ;;
    sockets) ss --no-header --numeric --listening --tcp --udp --raw --packet ;;
    failed-units) systemctl list-units --failed --plain --no-legend ;;
    running-units) systemctl list-units --type=service --state=running --plain --no-legend ;;
    # What is each gateway's own.
    identity)
      sha256sum /etc/machine-id /var/lib/remoteconnect/device-key.pem /var/lib/edgegateway/device-certificate.pem \
        /var/lib/ams/tls-key.pem /var/lib/ams/tls-certificate.pem
      ;;
    device-certificate) cat /var/lib/edgegateway/device-certificate.pem ;;
    addresses) ip -brief address ;;
    file-systems)
      for place in / /usr; do findmnt --noheadings --raw --bytes --output TARGET,SOURCE,FSTYPE,SIZE "$place"; done
      ;;
    # How the kernel hashes the blocks of /usr.
    verity-digest) journalctl --boot --dmesg --output=cat | sed -n 's/.*verity: sha256 using .*"\(.*\)".*/\1/p' ;;
    settings) cat /var/lib/edgegateway/settings.json ;;
    memory) grep -E '^Mem(Total|Available):' /proc/meminfo ;;
    # Microseconds, NAME=VALUE.
    boot-moments)
      for moment in Firmware Loader InitRD Userspace Finish; do
        systemctl show --property="${moment}TimestampMonotonic"
      done
      ;;
    critical-chain) systemd-analyze critical-chain --no-pager ;;
    # Until everything that starts at boot has started; fails when a unit has.
    settled) systemctl is-system-running --wait ;;
    carriers) cat /sys/class/net/wan0/carrier /sys/class/net/lan0/carrier ;;
    time)
      date +%s
      stat --format=%Y /usr/lib/clock-epoch
      ;;
    clock\ *) date --utc --set="@${1#clock }" ;;
    # All of it, the blocks for root too; most of it without writing anything. Tells how many bytes are free.
    fill-disk)
      fallocate --length $(($(free_bytes) - 64 * 1024 * 1024)) /filler 2>/dev/null
      cat /dev/zero >>/filler 2>/dev/null
      free_bytes
      ;;
    free-disk) rm /filler && free_bytes ;;
    exposure)
      systemd-analyze security --no-pager ams.service remoteconnect.service edgegateway-console.service \
        edgegateway-firewall.service edgegateway-firewall-watch.service edgegateway-identity.service edgegateway-provisioning.service
      ;;
    journal\ *) journalctl --boot --no-pager --output=short-monotonic --unit="${1#journal }" ;;
    # The words after it are the script's name and its arguments.
    run\ *) bash /etc/laboratory/${1#run } ;;
    *) return 64 ;;
  esac
}

while read -r number request; do
  answer "$request" 2>&1
  echo "end $number $?"
done
