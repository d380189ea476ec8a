#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# With any nDPI, a script sees what that nDPI gives of a protocol, under the
# names that ntopng has for it; what it does not give is absent. The whole of
# the alerts is in tests/golden, for nDPI 4.2 only.
. "${srcdir:-.}/tests/lib.sh"

# ndpi_has MEMBER: whether configure has found it in nDPI's flow.
ndpi_has()
{
    grep -q "define HAVE_STRUCT_NDPI_FLOW_STRUCT_$1 1" "$top_builddir/config.h"
}

# look CAPTURE: each flow's tables, one to a line.
look()
{
    run 0 "$srcdir/tests/lua/everything.lua" "$1" -o -
}

# has KEY=VALUE: a table has it. The value may be a basic regular expression.
has()
{
    grep -q "[ {]$1[ }]" "$dir/out" || fail "no flow has $1"
}

has_not()
{
    ! grep -q "[ {]$1=" "$dir/out" || fail "a flow has $1"
}

# if_given MEMBER KEY VALUE: the key is there with an nDPI that has the member.
if_given()
{
    if ndpi_has "$1"; then has "$2=$3"; else has_not "$2"; fi
}

tls=protos.tls
look tls12.pcap
has protos.tls_version=771
has $tls.client_requested_server_name=www.flowcheck.test
has $tls.server_names=www.flowcheck.test,flowcheck.test
has "$tls.issuerDN=O=flowcheck test captures, CN=www.flowcheck.test"
has "$tls.subjectDN=O=flowcheck test captures, CN=www.flowcheck.test"
has $tls.notBefore=1767225600
has $tls.notAfter=2398377600
if_given PROTOS_TLS_QUIC_JA3_CLIENT $tls.ja3.client_hash '[0-9a-f]\{32\}'
if_given PROTOS_TLS_QUIC_JA3_SERVER $tls.ja3.server_hash '[0-9a-f]\{32\}'
if_given PROTOS_TLS_QUIC_JA4_CLIENT $tls.ja4.client_hash 't12d[0-9a-z_]\{32\}'
if ndpi_has PROTOS_TLS_QUIC_NEGOTIATED_ALPN; then
    has $tls.client_alpn=h2
else
    has $tls.client_alpn=h2,http/1.1
fi

# A server of TLS 1.3 encrypts its certificate, and what it chose.
look tls13.pcap
has protos.tls_version=772
has $tls.client_requested_server_name=www.flowcheck.test
has $tls.client_tls_supported_versions=TLSv1.3
has $tls.client_alpn=h2,http/1.1
has_not $tls.subjectDN
if_given PROTOS_TLS_QUIC_JA4_CLIENT $tls.ja4.client_hash 't13d[0-9a-z_]\{32\}'

look quic.pcap
has protos.tls_version=772
has $tls.client_requested_server_name=www.flowcheck.test
has $tls.client_tls_supported_versions=TLSv1.3
has $tls.client_alpn=h3
if_given PROTOS_TLS_QUIC_JA3_CLIENT $tls.ja3.client_hash '[0-9a-f]\{32\}'
if_given PROTOS_TLS_QUIC_JA4_CLIENT $tls.ja4.client_hash 'q13d[0-9a-z_]\{32\}'

look http.pcap
has protos.http.last_method=POST
has protos.http.last_return_code=404
has protos.http.last_url=www.flowcheck.test/missing
has protos.http.last_user_agent=curl/7.88.1
has protos.http.server_name=www.flowcheck.test
if_given HTTP_SERVER protos.http.last_server 'nginx/1[.0-9]*'

look dns.pcap
has protos.dns.last_query=missing.flowcheck.test
has protos.dns.last_query_type=28
has protos.dns.last_return_code=0
has protos.dns.last_return_code=3

look ssh.pcap
has 'protos.ssh.client_signature=SSH-2.0-OpenSSH_9.2p1 [^ }]*'
has 'protos.ssh.server_signature=SSH-2.0-OpenSSH_9.2p1 [^ }]*'
has 'protos.ssh.hassh.client_hash=[0-9A-F]\{32\}'
has 'protos.ssh.hassh.server_hash=[0-9A-F]\{32\}'
