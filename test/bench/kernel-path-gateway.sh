#!/bin/bash
# The topology of the benchmark `kernel-path` in its guest, and whose rules the gateway follows:
#
#   office 198.18.0.2 -- wan0 198.18.0.1 gateway 192.168.250.1 lan0 -- 192.168.250.10 plant
#
# A dormant table keeps all that is in it and has no hooks (nft(8)); each change is one transaction.
set -e
folder=$(dirname "$0")
iperf() { ip netns exec "$1" /host/ld.so --library-path /host /host/iperf3 "${@:2}"; }

# Takes the lines of a sysctl.d(5) file.
settings() {
  while IFS=' =' read -r name value; do
    case $name in net.ipv4.*) [ ! -e "/proc/sys/${name//.//}" ] || echo "$value" >"/proc/sys/${name//.//}" ;; esac
  done
}

cable() {
  ip -n gateway link add "$1" type veth peer name eth0 netns "$2"
  ip -n gateway address add "$3" dev "$1"
  ip -n "$2" address add "$4" dev eth0
  ip -n gateway link set "$1" up
  ip -n "$2" link set eth0 up
}

make() {
  for name in office gateway plant; do
    ip netns add $name
    ip -n $name link set lo up
  done
  cable wan0 office 198.18.0.1/24 198.18.0.2/24
  cable lan0 plant 192.168.250.1/24 192.168.250.10/24

  # Namespaces begin with the kernel's defaults.
  ip netns exec gateway bash "$0" settings <"$folder/sysctl.conf"
  ip netns exec gateway nft --file "$folder/firewall.nft"
  ip netns exec gateway nft --json --file "$folder/whitelist.json"
  ip netns exec gateway nft --json --file "$folder/shared-port.json"
  ip netns exec gateway nft add element inet edgegateway tunnel_ports '{ 51820 }'
  tunnel gateway rc0 100.64.0.1 peer "$(wg pubkey <"$folder/office-key")" allowed-ips 100.64.0.2/32
  ip -n gateway route add 100.64.0.2/32 dev rc0
  # What a WireGuard configured by hand usually has: everything may be forwarded, the plant sees the gateway.
  ip netns exec gateway nft --file - <<'RULES'
    table ip by_hand {
      flags dormant
      chain postrouting {
        type nat hook postrouting priority srcnat
        iifname "rc0" oifname "lan0" masquerade
      }
    }
RULES

  tunnel office wg0 100.64.0.2 peer "$(wg pubkey <"$folder/gateway-key")" endpoint 198.18.0.1:51820 \
    allowed-ips 192.168.250.10/32
  ip -n office route add 192.168.250.10/32 dev wg0
  iperf plant --server --daemon
}

# Takes namespace, name, address and the words of wg(8) about the peer.
tunnel() {
  ip -n "$1" link add "$2" type wireguard
  ip netns exec "$1" wg set "$2" listen-port 51820 private-key "$folder/$1-key" "${@:4}"
  ip -n "$1" address add "$3/32" dev "$2"
  ip -n "$1" link set "$2" mtu 1280 up
}

case $1 in
  make) make ;;
  settings) settings ;;
  ours)
    ip netns exec gateway nft --file - <<'RULES'
      add table ip by_hand { flags dormant; }
      add table inet edgegateway
      add table inet remoteconnect
      add table inet remoteconnect_stun
RULES
    ;;
  by-hand)
    ip netns exec gateway nft --file - <<'RULES'
      add table inet edgegateway { flags dormant; }
      add table inet remoteconnect { flags dormant; }
      add table inet remoteconnect_stun { flags dormant; }
      add table ip by_hand
RULES
    ;;
  stream) # Takes options of iperf3(1); tells bits per second as they were received.
    shift
    iperf office --client 192.168.250.10 --json "$@" | jq .end.sum_received.bits_per_second
    ;;
  *) exit 64 ;;
esac
