package gen

import (
	"go/token"
	"strconv"
	"strings"
)

// initialisms are the words that Go writes in capitals, as golint's list has them, with the ones that contracts of
// this kind use. The value is the spelling inside an exported name; a leading one in an unexported name is lower case.
var initialisms = map[string]string{
	"acl": "ACL", "api": "API", "apis": "APIs", "ascii": "ASCII", "cpu": "CPU", "cpus": "CPUs", "css": "CSS",
	"csv": "CSV", "dns": "DNS", "eof": "EOF", "guid": "GUID", "html": "HTML", "http": "HTTP", "https": "HTTPS",
	"id": "ID", "ids": "IDs", "io": "IO", "ip": "IP", "ips": "IPs", "ipv4": "IPv4", "ipv6": "IPv6", "json": "JSON",
	"jwt": "JWT", "os": "OS", "qps": "QPS", "ram": "RAM", "rpc": "RPC", "sha1": "SHA1", "sha256": "SHA256",
	"sla": "SLA", "smtp": "SMTP", "sql": "SQL", "ssh": "SSH", "tcp": "TCP", "tls": "TLS", "ttl": "TTL", "ua": "UA",
	"uas": "UAs", "udp": "UDP", "ui": "UI", "uid": "UID", "uri": "URI", "uris": "URIs", "url": "URL", "urls": "URLs",
	"utf8": "UTF8", "uuid": "UUID", "uuids": "UUIDs", "vm": "VM", "xml": "XML",
}

// exported spells a contract's kebab-case name as an exported Go identifier: "patch-minor" is PatchMinor, "user-id" is
// UserID. A word in capitals stays as it is. Characters that no identifier has are left out.
func exported(name string) string {
	var b strings.Builder
	for _, word := range words(name) {
		b.WriteString(capitalised(word))
	}
	return identifier(b.String(), "X")
}

// unexported spells a contract's kebab-case name as an unexported Go identifier: "user-id" is userID, "url-path" is
// urlPath. The result may be a keyword; a scope settles that.
func unexported(name string) string {
	var b strings.Builder
	for i, word := range words(name) {
		if i == 0 {
			b.WriteString(strings.ToLower(word))
			continue
		}
		b.WriteString(capitalised(word))
	}
	return identifier(b.String(), "x")
}

// words splits a kebab-case name and drops what cannot stand in an identifier.
func words(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	})
}

func capitalised(word string) string {
	if s, ok := initialisms[word]; ok {
		return s
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// identifier makes sure that a name starts with a letter.
func identifier(name, prefix string) string {
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		return prefix + name
	}
	return name
}

// scope hands out names that differ from each other and from those of the scopes around it, always in the same way for
// the same contract.
type scope struct {
	outer *scope
	taken map[string]bool
	avoid map[string]bool // names of inner scopes, which a later name of this one must not be hidden by
}

func newScope(outer *scope, reserved ...string) *scope {
	s := &scope{outer: outer, taken: make(map[string]bool)}
	for _, name := range reserved {
		s.taken[name] = true
	}
	return s
}

func (s *scope) has(name string) bool {
	for ; s != nil; s = s.outer {
		if s.taken[name] {
			return true
		}
	}
	return false
}

// pick takes the first candidate that is free, or the last one with the first number from 2 on that is free.
func (s *scope) pick(candidates ...string) string {
	for _, name := range candidates {
		if s.free(name) {
			s.taken[name] = true
			return name
		}
	}
	last := candidates[len(candidates)-1]
	for n := 2; ; n++ {
		name := last + strconv.Itoa(n)
		if s.free(name) {
			s.taken[name] = true
			return name
		}
	}
}

func (s *scope) free(name string) bool {
	return !token.IsKeyword(name) && !predeclared[name] && !s.avoid[name] && !s.has(name)
}

// predeclared are the identifiers of Go's universe: legal to shadow, but the bodies around a parameter use some of them.
var predeclared = map[string]bool{
	"any": true, "append": true, "bool": true, "byte": true, "cap": true, "clear": true, "close": true,
	"comparable": true, "complex": true, "complex128": true, "complex64": true, "copy": true, "delete": true,
	"error": true, "false": true, "float32": true, "float64": true, "imag": true, "int": true, "int16": true,
	"int32": true, "int64": true, "int8": true, "iota": true, "len": true, "make": true, "max": true, "min": true,
	"new": true, "nil": true, "panic": true, "print": true, "println": true, "real": true, "recover": true,
	"rune": true, "string": true, "true": true, "uint": true, "uint16": true, "uint32": true, "uint64": true,
	"uint8": true, "uintptr": true,
}
