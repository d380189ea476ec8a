---@meta
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Definitions of flow.*, for editors: the Lua language server completes the
-- names and checks the types. Nothing runs this file. Point the server to it:
--
--    "Lua.runtime.version": "Lua 5.4",
--    "Lua.workspace.library": [ "/usr/local/share/flowcheck/scripts/flow.lua" ]
--
-- The manual is flow-check-script(7).
--

---The flow that the script looks at: both directions of one conversation.
---Works only while a check runs on a flow.
---@class flow
flow = {}

---The client's address: IPv4 dotted, IPv6 as RFC 5952 says.
---The client is the end that opened the flow.
---@return string
function flow.cli() end

---The client's port; 0 unless TCP, UDP or SCTP.
---@return integer
function flow.cli_port() end

---The server's address.
---@return string
function flow.srv() end

---The server's port; 0 unless TCP, UDP or SCTP.
---@return integer
function flow.srv_port() end

---The IANA number of the L4 protocol: 1 ICMP, 6 TCP, 17 UDP, 58 ICMPv6.
---@return integer
function flow.protocol() end

---The VLAN of the innermost tag; 0 is untagged.
---@return integer
function flow.vlan_id() end

---Only one of the two ends has sent packets so far.
---@return boolean
function flow.is_oneway() end

---Neither end is a multicast or broadcast address.
---@return boolean
function flow.is_unicast() end

---Bytes that the client has sent so far, of whole frames.
---@return integer
function flow.cli2srv_bytes() end

---Bytes that the server has sent so far, of whole frames.
---@return integer
function flow.srv2cli_bytes() end

---Bytes of both directions so far.
---@return integer
function flow.bytes() end

---When the flow's first packet came: seconds since 1970, with a fraction. 0.0
---when the host does not know. os.time() is the time of the hook.
---@return number
function flow.first_seen() end

---When its last packet so far came, likewise.
---@return number
function flow.last_seen() end

---nDPI's id of the protocol that carries the application's; 0 is none.
---@return integer
function flow.l7_master_proto() end

---nDPI's id of the application protocol; 0 is unknown. Prefer the name: ids
---differ between versions of nDPI.
---@return integer
function flow.l7_proto() end

---"Master.App", or the one that there is: "TLS.Google", "DNS", "Unknown".
---@return string
function flow.l7_proto_name() end

---Where the flow goes, by the host's list of local networks. With the setting
---compat = "ntopng" the first three are spelled "local@remote" and so on.
---@return "local2remote"|"remote2local"|"local2local"|"remote2remote"
function flow.direction() end

---The last request and its answer, or nil unless the flow is HTTP.
---@return flow.http?
function flow.http() end

---The transaction, or nil unless the flow is DNS.
---@return flow.dns?
function flow.dns() end

---Banners and fingerprints, or nil unless the flow is SSH.
---@return flow.ssh?
function flow.ssh() end

---The handshake, or nil unless the flow is TLS, QUIC, IMAPS, SMTPS or POPS.
---@return flow.tls?
function flow.tls_quic() end

---Raises an alert about the flow. From a score of 10 on it is a notice, from 50
---a warning, from 100 an error, from 200 critical, at 250 an emergency. Equal
---alerts of one flow are dropped, and those after the 16th.
---@param score integer 0 to 250; clamped to that
---@param message string any bytes, 4096 at most; longer ones are cut
function flow.triggerAlert(score, message) end

---HTTP. A key that is not known is absent. Each value has two names.
---@class flow.http
---@field method string? "GET"
---@field return_code integer? 100 to 599
---@field url string? Host header, then target: "example.org/a?b"
---@field user_agent string? as sent
---@field server string? the answer's Server header; nDPI 4.6 on
---@field server_name string? Host header without its port
---@field ["protos.http.last_method"] string? as method
---@field ["protos.http.last_return_code"] integer? as return_code
---@field ["protos.http.last_url"] string? as url
---@field ["protos.http.last_user_agent"] string? as user_agent
---@field ["protos.http.last_server"] string? as server
---@field ["protos.http.server_name"] string? as server_name

---DNS. A key that is not known is absent. Each value has two names.
---@class flow.dns
---@field query string? the name asked for, lower case
---@field query_type integer? 1 is A, 28 is AAAA
---@field return_code integer? 0 no error, 3 NXDOMAIN; nil without an answer
---@field invalid_chars true? the name has characters that no name has
---@field ["protos.dns.last_query"] string? as query
---@field ["protos.dns.last_query_type"] integer? as query_type
---@field ["protos.dns.last_return_code"] integer? as return_code
---@field ["protos.dns.invalid_chars_in_query"] true? as invalid_chars

---SSH. A key that is not known is absent. Each value has two names.
---@class flow.ssh
---@field client_signature string? the client's banner
---@field server_signature string? the server's banner
---@field hassh_client string? 32 upper-case hexadecimal digits
---@field hassh_server string? 32 upper-case hexadecimal digits
---@field ["protos.ssh.client_signature"] string? as client_signature
---@field ["protos.ssh.server_signature"] string? as server_signature
---@field ["protos.ssh.hassh.client_hash"] string? as hassh_client
---@field ["protos.ssh.hassh.server_hash"] string? as hassh_server

---TLS and QUIC. A key that is not known is absent. Each value has two names.
---@class flow.tls
---@field version integer 769 TLS 1.0, 771 TLS 1.2, 772 TLS 1.3; 0 unknown
---@field sni string? server name that the client asked for
---@field server_names string? the certificate's names, with commas
---@field alpn string? agreed on: "h2", or, if not known, offered: "h2,http/1.1"
---@field supported_versions string? offered by the client
---@field issuer string? of the certificate
---@field subject string? of the certificate
---@field not_before integer? of the certificate, seconds since 1970
---@field not_after integer? of the certificate, seconds since 1970
---@field ja3 string? 32 hexadecimal digits
---@field ja3s string? 32 hexadecimal digits
---@field ja4 string? not with nDPI before 4.10
---@field ja4_malicious true? the host knows this JA4 as malicious
---@field ["protos.tls_version"] integer as version
---@field ["protos.tls.client_requested_server_name"] string? as sni
---@field ["protos.tls.server_names"] string? as server_names
---@field ["protos.tls.client_alpn"] string? as alpn
---@field ["protos.tls.client_tls_supported_versions"] string? as supported_versions
---@field ["protos.tls.issuerDN"] string? as issuer
---@field ["protos.tls.subjectDN"] string? as subject
---@field ["protos.tls.notBefore"] integer? as not_before
---@field ["protos.tls.notAfter"] integer? as not_after
---@field ["protos.tls.ja3.client_hash"] string? as ja3
---@field ["protos.tls.ja3.server_hash"] string? as ja3s
---@field ["protos.tls.ja4.client_hash"] string? as ja4
---@field ["protos.tls.ja4.client_malicious"] true? as ja4_malicious

---Writes a value to the log, for people: of a table a line per entry, as
---"path type value".
---@param value any
function tprint(value) end

---What there is of ntopng's own functions.
---@class ntop
ntop = {}

---The directories that ntopng names, all below the host's install directory.
---@return { installdir: string, workingdir: string, scriptdir: string, httpdocsdir: string, callbacksdir: string }
function ntop.getDirs() end
