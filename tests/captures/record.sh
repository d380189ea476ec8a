#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Records the captures of this folder: real clients talk to real servers in
# two network namespaces joined by a veth pair, and tcpdump writes down what
# the client's end of the pair sees. Nothing leaves the namespaces. It does
# not judge what it recorded; README.md says what each file holds.
#
# usage: record.sh [-l] [-o DIR] [NAME...]
#   -l      list the names of the captures, record nothing
#   -o DIR  write there instead of next to this script
#
# Needs root and these Debian packages: bind9-dnsutils curl dnsmasq-base
# iproute2 iputils-ping netcat-openbsd nginx openssh-client openssh-server
# openssl procps tcpdump.
# ethtool makes segments wire-sized with valid checksums, and tshark counts
# the flows of each file. mixed needs wireshark-common, sctp needs ncat, quic
# needs ngtcp2-client and ngtcp2-server; vlan and qinq need the kernel module
# 8021q, and sctp the module sctp. A capture
# whose need is not met is left out, with a sentence.
#
# Names, addresses, ports, payloads and the certificate's dates are fixed;
# keys, sequence numbers and times are those of the day of the recording.

set -euo pipefail
export LC_ALL=C
umask 022

captures=(http http6 tls12 tls13 tls6 quic dns dns6 ssh ping ping6 unknown vlan
          qinq mixed loopback cooked sctp fragments)

server4=10.77.0.2
server6=fd77::2
# The client sends for these to the server, which drops what is not its own.
silent4=10.77.0.9
silent6=fd77::9
# A second resolver in the same network, which nobody has configured.
resolver4=10.77.0.53

site=www.flowcheck.test
client_mac=02:00:00:77:00:01
server_mac=02:00:00:77:00:02
client_ns=flowcheck-client-$$
server_ns=flowcheck-server-$$

client_timeout=10 # seconds; the slowest client, ping, takes under two
poll_pause=0.02   # seconds between two looks at something awaited
poll_limit=200    # looks, so at least four seconds, before that is an error

work=             # a temporary folder, removed at the end
capture=          # the capture being recorded
recorder=         # pid of its tcpdump
servers=()        # pids of its servers

# ---- sentences -----------------------------------------------------------

say() {
    printf 'record.sh: %s\n' "${capture:+$capture: }$*" >&2
}

# The last words of servers and clients go along: the logs are removed.
fail() {
    say "$@"
    [[ -z $work ]] || tail -q -n 3 "$work"/*.log >&2
    exit 1
}

# ---- what must be there --------------------------------------------------

have() {
    command -v "$1" >/dev/null
}

check_needs() {
    local command package
    [[ $EUID -eq 0 ]] || fail "network namespaces need root: run it as root"
    while read -r command package; do
        have "$command" ||
            fail "$command not found: on Debian, apt-get install $package"
    done <<END
curl    curl
dig     bind9-dnsutils
dnsmasq dnsmasq-base
ip      iproute2
nc      netcat-openbsd
nginx   nginx
openssl openssl
ping    iputils-ping
ssh     openssh-client
sshd    openssh-server
sysctl  procps
tcpdump tcpdump
END
    [[ $(nc -h 2>&1) == OpenBSD* ]] ||
        fail "nc is another netcat: on Debian, apt-get install netcat-openbsd"
    have ethtool || say "without ethtool, segments may exceed the wire's size"
}

# ---- waiting and stopping ------------------------------------------------

# wait_until WHAT COMMAND...: until the command succeeds.
wait_until() {
    local what=$1 looks=0
    shift
    until "$@"; do
        ((++looks < poll_limit)) || fail "gave up waiting for $what"
        sleep "$poll_pause"
    done
}

has_ended() {
    ! kill -0 "$1" 2>/dev/null
}

stop() {
    kill "$1" 2>/dev/null || true
    wait_until "process $1 to end" has_ended "$1"
    wait "$1" || true
}

# ---- the network ---------------------------------------------------------

in_client() {
    ip netns exec "$client_ns" "$@"
}

in_server() {
    ip netns exec "$server_ns" "$@"
}

# wire_sized NAMESPACE DEVICE: the kernel fills in checksums and cuts segments
# itself, as a network card would. The lo device cannot do the former.
wire_sized() {
    have ethtool || return 0
    ip netns exec "$1" ethtool -K "$2" tso off gso off gro off >/dev/null
    [[ $2 == lo ]] || ip netns exec "$1" ethtool -K "$2" tx off >/dev/null
}

# address NAMESPACE DEVICE ADDRESS...
address() {
    local ns=$1 device=$2 each
    shift 2
    for each; do
        ip -n "$ns" address add "$each" dev "$device"
    done
    ip -n "$ns" link set "$device" up
}

# neighbours NAMESPACE DEVICE MAC ADDRESS...: known in advance, so not asked.
neighbours() {
    local ns=$1 device=$2 mac=$3 each
    shift 3
    for each; do
        ip -n "$ns" neighbour replace "$each" lladdr "$mac" \
            dev "$device" nud permanent
    done
}

# Interfaces to come get no link-local address and look for no router.
namespace_up() {
    ip netns add "$1"
    ip netns exec "$1" sysctl -qw \
        net.ipv6.conf.default.accept_ra=0 \
        net.ipv6.conf.default.addr_gen_mode=1
    ip -n "$1" link set lo up
    wire_sized "$1" lo
}

# Without ARP an interface also joins no multicast group for neighbour
# discovery, and so reports none.
network_up() {
    namespace_up "$client_ns"
    namespace_up "$server_ns"
    ip -n "$client_ns" link add wire address $client_mac type veth \
        peer name wire address $server_mac netns "$server_ns"
    ip -n "$client_ns" link set wire arp off
    ip -n "$server_ns" link set wire arp off
    wire_sized "$client_ns" wire
    wire_sized "$server_ns" wire
    address "$client_ns" wire 10.77.0.1/24 fd77::1/64
    address "$server_ns" wire $server4/24 $resolver4/24 $server6/64
    neighbours "$client_ns" wire $server_mac \
        $server4 $resolver4 $silent4 $server6 $silent6
    neighbours "$server_ns" wire $client_mac 10.77.0.1 fd77::1
}

network_down() {
    ip netns delete "$client_ns" 2>/dev/null || true
    ip netns delete "$server_ns" 2>/dev/null || true
}

# tag PARENT NAME PROTOCOL ID: a VLAN interface at both ends of the wire.
tag() {
    local ns
    for ns in "$client_ns" "$server_ns"; do
        ip -n "$ns" link add link "$1" name "$2" \
            type vlan proto "$3" id "$4" 2>"$work/tag.log" || return 1
        ip -n "$ns" link set "$2" up
    done
}

# tagged_addresses DEVICE PREFIX: the client is PREFIX.1, the server PREFIX.2.
tagged_addresses() {
    address "$client_ns" "$1" "$2.1/24"
    address "$server_ns" "$1" "$2.2/24"
    neighbours "$client_ns" "$1" $server_mac "$2.2"
    neighbours "$server_ns" "$1" $client_mac "$2.1"
}

# The server knows no way to two networks and says so; it would send packets
# for a third one back. Its ICMP errors are not rationed.
other_networks() {
    ip -n "$client_ns" route add 10.77.98.0/24 via $server4
    ip -n "$client_ns" route add 10.77.99.0/24 via $server4
    ip -n "$client_ns" route add fd77:99::/64 via $server6
    ip -n "$server_ns" route add 10.77.98.0/24 via 10.77.0.1
    ip -n "$server_ns" route add unreachable 10.77.99.0/24
    ip -n "$server_ns" route add unreachable fd77:99::/64
    in_server sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0
}

# ---- servers -------------------------------------------------------------

is_open() {
    [[ -n $(ip netns exec "$1" ss -Hln -A "$2" "sport = :$3") ]]
}

# start NAMESPACE KIND PORT COMMAND...: a server on the KIND (tcp, udp, sctp)
# port. Its input and output are the caller's.
start() {
    local ns=$1 kind=$2 port=$3
    shift 3
    ip netns exec "$ns" "$@" <&0 2>>"$work/servers.log" &
    servers+=($!)
    wait_until "$1 on $kind port $port" is_open "$ns" "$kind" "$port"
}

serve_web() {
    start "${1:-$server_ns}" tcp 80 nginx -e stderr -c "$work/nginx.conf"
}

serve_names() {
    start "$server_ns" tcp 53 dnsmasq --keep-in-foreground \
        --conf-file="$work/dnsmasq.conf"
}

serve_shell() {
    # sshd keeps its unprivileged half there and does not make the folder.
    mkdir -p /run/sshd
    start "$server_ns" tcp 22 /usr/sbin/sshd -D -e -f "$work/sshd_config"
}

# serve_echo PORT [NC-OPTION...]: sends each datagram back, to one client.
serve_echo() {
    local port=$1
    shift
    mkfifo "$work/fifo-$port"
    start "$server_ns" udp "$port" nc -u -l "$@" "$port" \
        <>"$work/fifo-$port" >&0
}

stop_servers() {
    local pid
    for pid in "${servers[@]}"; do
        stop "$pid"
    done
    servers=()
    rm -f "$work"/fifo-*
}

# ---- their configuration -------------------------------------------------

write_pages() {
    mkdir -p "$work/pages/admin"
    echo '<!doctype html><title>flowcheck</title><p>A page.</p>' \
        >"$work/pages/index.html"
    echo '<!doctype html><title>Log in</title><form method=post></form>' \
        >"$work/pages/admin/login"
    # Three segments' worth, so that a response is more than one packet.
    seq -f 'line %04g of a longer page' 1 150 >"$work/pages/long.txt"
    find "$work/pages" -type f -exec touch -d 2026-01-01T00:00:00Z {} +
}

write_certificate() {
    : >"$work/issued"
    cat >"$work/ca.conf" <<END
[req]
distinguished_name = name
prompt = no
[name]
O = flowcheck test captures
CN = $site
[ca]
default_ca = self
[self]
database = $work/issued
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = site
[any]
organizationName = optional
commonName = supplied
[site]
subjectAltName = DNS:$site, DNS:flowcheck.test
basicConstraints = critical, CA:true
END
    openssl req -new -config "$work/ca.conf" -nodes -out "$work/site.csr" \
        -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout "$work/site.key"
    openssl ca -batch -selfsign -notext -config "$work/ca.conf" \
        -keyfile "$work/site.key" -in "$work/site.csr" \
        -startdate 20260101000000Z -enddate 20460101000000Z \
        -out "$work/site.pem"
}

write_nginx_conf() {
    cat >"$work/nginx.conf" <<END
daemon off;
user root;
pid $work/nginx.pid;
events { worker_connections 64; }
http {
    access_log off;
    types { text/plain txt; }
    default_type text/html;
    ssl_certificate $work/site.pem;
    ssl_certificate_key $work/site.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    server {
        listen 80;
        listen [::]:80;
        listen 8080;
        listen 443 ssl http2;
        listen [::]:443 ssl http2;
        server_name $site;
        root $work/pages;
        location /form { return 200 "thank you\n"; }
        location /admin/session { return 403 "wrong password\n"; }
        location /caf { return 200 "coffee\n"; }
    }
}
END
}

write_dnsmasq_conf() {
    cat >"$work/dnsmasq.conf" <<END
no-resolv
no-hosts
user=root
pid-file=$work/dnsmasq.pid
local=/test/
local-ttl=300
host-record=$site,$server4,$server6
host-record=mail.flowcheck.test,$server4
mx-host=flowcheck.test,mail.flowcheck.test,10
txt-record=flowcheck.test,"v=spf1 mx -all"
END
}

write_sshd_config() {
    ssh-keygen -q -t ed25519 -N '' -C host -f "$work/host_key"
    ssh-keygen -q -t ed25519 -N '' -C user -f "$work/user_key"
    cat >"$work/sshd_config" <<END
ListenAddress 0.0.0.0
HostKey $work/host_key
PidFile none
AuthorizedKeysFile $work/user_key.pub
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM yes
PrintMotd no
PrintLastLog no
END
}

# ---- the recorder --------------------------------------------------------

# record DEVICE: from here on, all that the client's DEVICE sees. Immediate
# mode has a slot of the largest size for each packet: 64 MiB hold 256.
record() {
    : >"$work/tcpdump.log"
    ip netns exec "$client_ns" tcpdump -n -U --immediate-mode -B 65536 \
        -Z root -i "$1" -w "$work/$capture.pcap" 2>>"$work/tcpdump.log" &
    recorder=$!
    wait_until "tcpdump to listen" \
        grep -q 'listening on' "$work/tcpdump.log"
}

# Connections are over when both ends have closed and heard of it.
is_quiet() {
    [[ -z $(in_client ss -Hn -A tcp,sctp; in_server ss -Hn -A tcp,sctp) ]]
}

# tcpdump adds a line with its counters to its log on SIGUSR1. Two equal
# lines, a pause apart: nothing is on its way any more.
is_drained() {
    local lines
    mapfile -t lines < <(tail -n 2 "$work/tcpdump.log")
    [[ ${lines[0]} == "${lines[1]-}" ]] && return
    kill -USR1 "$recorder" 2>/dev/null || fail "tcpdump has ended early"
    return 1
}

finish_recording() {
    wait_until "connections to close" is_quiet
    wait_until "tcpdump to write every packet" is_drained
    stop "$recorder"
    recorder=
    grep -q '^0 packets dropped' "$work/tcpdump.log" ||
        fail "tcpdump has missed packets"
}

# ---- clients -------------------------------------------------------------

# from PORT COMMAND...: runs a client whose sockets get that source port.
from() {
    in_client sysctl -qw net.ipv4.ip_local_port_range="$1 $1"
    shift
    in_client timeout "$client_timeout" "$@" >>"$work/clients.log" 2>&1
}

# quic PORT URL: its client asks for the name that it resolves, and only that.
quic() {
    echo "$server4 $site" >"$work/hosts"
    must from "$1" unshare --mount sh -c \
        'mount --bind "$0" /etc/hosts && exec "$@"' "$work/hosts" \
        gtlsclient -q --exit-on-all-streams-close $site 443 "$2"
}

must() {
    "$@" || fail "no answer: $*"
}

must_not() {
    ! "$@" || fail "an answer where none was meant: $*"
}

# fetch PORT CURL-ARGUMENT...; -4 or -6 picks the site's address.
fetch() {
    local port=$1 both="$server4,[$server6]"
    shift
    must from "$port" curl --silent --show-error --max-time 5 \
        --cacert "$work/site.pem" --resolve "$site:80:$both" \
        --resolve "$site:443:$both" --resolve "$site:8080:$both" "$@"
}

# ask PORT @SERVER DIG-ARGUMENT...
ask() {
    must from "$1" dig +tries=1 +timeout=2 "${@:2}"
}

ask_in_vain() {
    must_not from "$1" dig +tries=1 +timeout=1 "${@:2}"
}

# login PORT ADDRESS
login() {
    must from "$1" ssh -F none -i "$work/user_key" -o BatchMode=yes \
        -o IdentitiesOnly=yes -o StrictHostKeyChecking=no \
        -o UserKnownHostsFile=/dev/null "root@$2" true
}

# echo_request ID ADDRESS [PING-OPTION...]
echo_request() {
    from 47000 ping -n -e "$1" -c 2 -i 0.2 -W 1 "${@:3}" "$2"
}

# noise SEED BYTES: the same bytes for the same seed, and no pattern in them.
noise() {
    head -c "$2" /dev/zero | openssl enc -aes-128-ctr \
        -K "$(printf '%032x' "$1")" -iv "$(printf '%032x' 77)"
}

# exchange PORT ADDRESS PORT <DATAGRAM: until one datagram has come back.
exchange() {
    must from "$1" nc -n -u -W 1 -w 3 "$2" "$3"
}

# knock PORT ADDRESS PORT: a connection that nobody takes.
knock() {
    must_not from "$1" nc -n -z -w 1 "$2" "$3"
}

# ---- the captures --------------------------------------------------------

capture_http() {
    serve_web
    record wire
    fetch 47001 -4 "http://$site/long.txt"
    fetch 47002 -4 "http://$site/missing"
    fetch 47003 -4 --data 'name=value&second=2' "http://$site/form"
    fetch 47004 -4 --user-agent $'"odd" \'agent\' \\ {"a":1}' \
        --request-target $'/caf\xc3\xa9/\xe2\x98\x95?q=%22' "http://$site/"
}

one_page() {
    serve_web
    record wire
    fetch "$@"
}

capture_http6() { one_page 47011 -6 "http://$site/long.txt"; }
capture_tls12() { one_page 47021 -4 --tls-max 1.2 "https://$site/"; }
capture_tls13() { one_page 47031 -4 --tlsv1.3 "https://$site/"; }
capture_tls6()  { one_page 47041 -6 --tlsv1.3 "https://$site/"; }

capture_quic() {
    { have gtlsclient && have gtlsserver; } ||
        { say "left out: apt-get install ngtcp2-client ngtcp2-server"; return; }
    start "$server_ns" udp 443 gtlsserver -q -d "$work/pages" $server4 443 \
        "$work/site.key" "$work/site.pem"
    record wire
    quic 47045 "https://$site/long.txt"
}

capture_dns() {
    serve_names
    record wire
    ask 47051 @$server4 $site A
    ask 47052 @$server4 $site AAAA
    ask 47053 @$server4 flowcheck.test TXT
    ask 47054 @$server4 missing.flowcheck.test A
    ask 47055 @$server4 -b 10.77.0.1#47055 flowcheck.test MX
    ask 47055 @$server4 -b 10.77.0.1#47055 mail.flowcheck.test A
    ask 47056 @$server4 +tcp $site A
    ask_in_vain 47057 @$silent4 $site A
}

capture_dns6() {
    serve_names
    record wire
    ask 47061 @$server6 $site A
    ask 47062 @$server6 $site AAAA
    ask 47063 @$server6 missing.flowcheck.test AAAA
    ask 47064 @$server6 +tcp flowcheck.test TXT
    ask_in_vain 47065 @$silent6 $site AAAA
}

capture_ssh() {
    serve_shell
    record wire
    login 47071 $server4
}

capture_ping() {
    other_networks
    record wire
    must echo_request 7701 $server4
    must_not echo_request 7702 10.77.99.1
    must_not echo_request 7703 10.77.98.1 -t 1
}

capture_ping6() {
    other_networks
    record wire
    must echo_request 7711 $server6
    must_not echo_request 7712 fd77:99::1
}

capture_unknown() {
    noise 1 3000 >"$work/request"
    noise 2 5000 >"$work/reply"
    start "$server_ns" tcp 4777 nc -N -l 4777 <"$work/reply" >/dev/null
    serve_echo 4778
    record wire
    must from 47081 nc -n -N $server4 4777 <"$work/request"
    noise 3 300 | exchange 47082 $server4 4778
    noise 4 400 | exchange 47082 $server4 4778
    noise 5 500 | exchange 47082 $server4 4778
}

capture_vlan() {
    tag wire tag77 802.1Q 77 ||
        { say "left out: this kernel has no VLANs (module 8021q)"; return; }
    tagged_addresses tag77 10.77.77
    serve_web
    serve_names
    record wire
    ask 47091 @10.77.77.2 $site A
    fetch 47092 http://10.77.77.2/
}

capture_qinq() {
    { tag wire outer 802.1ad 421 && tag outer inner 802.1Q 785; } ||
        { say "left out: this kernel has no VLANs (module 8021q)"; return; }
    tagged_addresses inner 10.77.78
    serve_web
    record wire
    fetch 47101 http://10.77.78.2/
}

# Two pages from the client to itself, seen on DEVICE.
local_pages() {
    serve_web "$client_ns"
    record "$1"
    fetch 47111 http://127.0.0.1/
    fetch 47112 'http://[::1]/'
}

capture_loopback() { local_pages lo; }
capture_cooked()   { local_pages any; }

# SCTP has no half-closed associations, so it is the server that ends it and
# the client's input stays open.
capture_sctp() {
    have ncat || { say "left out: apt-get install ncat"; return; }
    [[ -d /proc/sys/net/sctp ]] ||
        { say "left out: this kernel has no SCTP (module sctp)"; return; }
    mkfifo "$work/fifo-sctp"
    start "$server_ns" sctp 4779 \
        ncat --sctp -l $server4 4779 --sh-exec 'head -c 600'
    record wire
    { noise 6 600 >&0; must from 47121 ncat --sctp $server4 4779; } \
        <>"$work/fifo-sctp"
}

capture_fragments() {
    serve_echo 4780 -4
    serve_echo 4781 -6
    record wire
    must echo_request 7721 $server4 -s 4000
    must echo_request 7722 $server6 -s 4000
    noise 7 4000 | exchange 47131 $server4 4780
    noise 8 4000 | exchange 47132 $server6 4781
}

# An ordinary morning, and what stands out in it.
capture_mixed() {
    have editcap ||
        { say "left out: apt-get install wireshark-common"; return; }
    serve_web
    serve_names
    serve_shell
    record wire
    mixed_ordinary
    mixed_unusual
    mixed_probes
}

mixed_ordinary() {
    ask 47201 @$server4 $site A
    ask 47202 @$server6 $site AAAA
    fetch 47203 -4 --tlsv1.3 "https://$site/long.txt"
    fetch 47204 -6 --tls-max 1.2 "https://$site/"
    fetch 47205 -4 "http://$site/long.txt"
    fetch 47206 -6 "http://$site/"
    login 47207 $server4
    must echo_request 7731 $server4
    must echo_request 7732 $server6
}

mixed_unusual() {
    ask 47211 @$resolver4 $site A
    ask 47212 @$resolver4 flowcheck.test TXT
    ask 47213 @$server4 +tcp missing.flowcheck.test A
    fetch 47214 -4 "http://$site/admin/login"
    fetch 47215 -4 --data 'user=admin&password=secret' \
        "http://$site/admin/session"
    fetch 47216 -4 "http://$site:8080/"
}

mixed_probes() {
    local port
    for port in 21 23 445 3306 3389 5900; do
        knock 47221 $server4 "$port"
    done
    knock 47222 $server6 23
    knock 47223 $silent4 443
    ask_in_vain 47224 @$silent4 $site A
}

# ---- one after the other -------------------------------------------------

# count_flows FILE, as README.md counts them: TCP, UDP and SCTP by addresses
# and ports, ICMP by addresses.
count_flows() {
    tshark -n -r "$1" -q -z conv,tcp -z conv,udp -z conv,sctp \
        -z conv,ip,icmp -z conv,ipv6,icmpv6 2>/dev/null | grep -c '<->'
}

# keep DIR: what was recorded moves there, readable by anyone.
keep() {
    local from=$work/$capture.pcap to=$1/$capture.pcap
    if [[ $capture == mixed ]]; then
        to=${to}ng
        editcap -F pcapng "$from" "$from.ng"
        from=$from.ng
    fi
    install -m 0644 "$from" "$to"
    ! have tshark || say "$(count_flows "$to") flows, $(wc -c <"$to") bytes"
}

# record_one NAME DIR
record_one() {
    capture=$1
    network_up
    "capture_$capture"
    if [[ -n $recorder ]]; then
        finish_recording
        keep "$2"
    fi
    stop_servers
    network_down
    capture=
}

clean_up() {
    local pid
    for pid in $recorder "${servers[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    network_down
    rm -rf "$work"
}

prepare() {
    work=$(mktemp -d)
    trap clean_up EXIT
    write_pages
    write_certificate 2>"$work/openssl.log" || fail "openssl has failed"
    write_nginx_conf
    write_dnsmasq_conf
    write_sshd_config
}

main() {
    local option each dir
    dir=$(dirname "$0")
    while getopts lo: option; do
        case $option in
        l) printf '%s\n' "${captures[@]}"; return ;;
        o) dir=$OPTARG ;;
        *) echo 'usage: record.sh [-l] [-o DIR] [NAME...]' >&2; return 2 ;;
        esac
    done
    shift $((OPTIND - 1))
    (($#)) || set -- "${captures[@]}"
    for each; do
        [[ " ${captures[*]} " == *" $each "* ]] ||
            fail "no capture is named $each: -l lists them"
    done
    [[ -d $dir && -w $dir ]] || fail "$dir is no folder one can write to"
    check_needs
    prepare
    for each; do
        record_one "$each" "$dir"
    done
}

main "$@"
