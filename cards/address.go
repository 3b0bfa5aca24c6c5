package cards

import (
	"net/netip"
	"strconv"
	"strings"
)

// reach says from where an address can be reached, and so who may be asked by it.
type reach int

const (
	public  reach = iota
	private       // this machine and networks behind it: for development only
	never         // nothing that a page could be at, or a machine's own credentials
)

// block is a range of addresses with its reach.
type block struct {
	prefix netip.Prefix
	reach  reach
}

// blocksV4 are the ranges of IPv4 that are not public: those of the registry of special addresses (RFC 6890)
// and the addresses at which clouds tell their machines who they are. The first that fits holds.
func blocksV4() []block {
	return []block{
		{netip.MustParsePrefix("100.100.100.200/32"), never}, // metadata at Alibaba
		{netip.MustParsePrefix("168.63.129.16/32"), never},   // the host of a machine at Azure
		{netip.MustParsePrefix("0.0.0.0/8"), never},          // connects to this machine on some systems
		{netip.MustParsePrefix("10.0.0.0/8"), private},
		{netip.MustParsePrefix("100.64.0.0/10"), private}, // behind carriers, and overlay networks
		{netip.MustParsePrefix("127.0.0.0/8"), private},
		{netip.MustParsePrefix("169.254.0.0/16"), never}, // link-local; 169.254.169.254 is metadata
		{netip.MustParsePrefix("172.16.0.0/12"), private},
		{netip.MustParsePrefix("192.0.0.0/24"), never}, // protocols; 192.0.0.192 is metadata at Oracle
		{netip.MustParsePrefix("192.0.2.0/24"), never},
		{netip.MustParsePrefix("192.88.99.0/24"), never}, // relays of 6to4
		{netip.MustParsePrefix("192.168.0.0/16"), private},
		{netip.MustParsePrefix("198.18.0.0/15"), private}, // benchmarks, and what some tunnels answer for any name
		{netip.MustParsePrefix("198.51.100.0/24"), never},
		{netip.MustParsePrefix("203.0.113.0/24"), never},
		{netip.MustParsePrefix("224.0.0.0/3"), never}, // multicast, reserved, broadcast
	}
}

// blocksV6 are the ranges of IPv6 that tell more than [reachOf] knows: what lies outside 2000::/3 is not
// public. 2001::/23 holds the addresses of protocols (https://github.com/python/cpython/issues/151049 lists the
// few of them that can be reached, none of which has a page), 3fff::/20 is for documents (RFC 9637); read 2026-11-21.
func blocksV6() []block {
	return []block{
		{netip.MustParsePrefix("::1/128"), private},
		{netip.MustParsePrefix("fd00:ec2::254/128"), never}, // metadata at Amazon
		{netip.MustParsePrefix("fd20:ce::254/128"), never},  // metadata at Google
		{netip.MustParsePrefix("fc00::/7"), private},
		{netip.MustParsePrefix("2001::/23"), never}, // protocols, with Teredo, which holds an IPv4 address
		{netip.MustParsePrefix("2001:db8::/32"), never},
		{netip.MustParsePrefix("2002::/16"), never}, // 6to4, which holds an IPv4 address
		{netip.MustParsePrefix("3fff::/20"), never},
	}
}

// reachOf tells from where an address can be reached.
func reachOf(a netip.Addr) reach {
	if !a.IsValid() || a.Zone() != "" {
		return never
	}
	a = a.Unmap() // ::ffff:127.0.0.1 connects to 127.0.0.1
	if a.Is4() {
		return find(blocksV4(), a, public)
	}
	// 64:ff9b::/96 is how a network without IPv4 reaches one with it, so the address inside decides.
	if netip.MustParsePrefix("64:ff9b::/96").Contains(a) {
		b := a.As16()
		return reachOf(netip.AddrFrom4([4]byte(b[12:])))
	}
	if netip.MustParsePrefix("2000::/3").Contains(a) {
		return find(blocksV6(), a, public)
	}
	return find(blocksV6(), a, never)
}

func find(blocks []block, a netip.Addr, otherwise reach) reach {
	for _, b := range blocks {
		if b.prefix.Contains(a) {
			return b.reach
		}
	}
	return otherwise
}

// reachOfName tells of names that are set apart for networks of one's own, whatever a server of names says
// of them; public for all others, whose addresses decide.
// Sources: RFC 6761, 6762 and 8375, and for internal
// https://www.icann.org/en/public-comment/proceeding/proposed-top-level-domain-string-for-private-use-24-01-2024, read 2026-11-21.
func reachOfName(host string) reach {
	host = strings.TrimRight(strings.ToLower(host), ".")
	if host == "metadata.google.internal" {
		return never
	}
	for _, own := range []string{"localhost", "localdomain", "local", "internal", "home.arpa"} {
		if host == own || strings.HasSuffix(host, "."+own) {
			return private
		}
	}
	return public
}

// literal reads a host that is an address, in each spelling that browsers and C libraries know: 127.1,
// 0x7f.1, 0177.0.0.1 and 2130706433 are 127.0.0.1. A host that ends in a number and is no address is not
// valid; isName is for all others.
// The rules are those of https://url.spec.whatwg.org/#concept-ipv4-parser, with the change by which a host that
// ends in a number is nothing else (https://github.com/whatwg/url/commit/ab0e820b0b559610b30c731b7f2c1a8094181680,
// read 2026-11-21).
func literal(host string) (addr netip.Addr, isName bool) {
	if strings.Contains(host, ":") {
		addr, _ = netip.ParseAddr(host)
		return addr, false
	}
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	if last := parts[len(parts)-1]; !endsInNumber(last) {
		return netip.Addr{}, true
	}
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var value uint64
	for i, part := range parts {
		n, ok := number(part)
		room := uint64(1) << 8
		if i == len(parts)-1 {
			room = 1 << (8 * (5 - len(parts)))
		}
		if !ok || n >= room {
			return netip.Addr{}, false
		}
		value = value*room + n
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), false
}

func endsInNumber(label string) bool {
	if _, ok := number(label); ok {
		return true
	}
	return label != "" && strings.Trim(label, "0123456789") == ""
}

// number reads one part of an address: hexadecimal after 0x, octal after 0.
func number(s string) (uint64, bool) {
	base := 10
	switch {
	case strings.HasPrefix(s, "0x"), strings.HasPrefix(s, "0X"):
		s, base = s[2:], 16
	case len(s) > 1 && s[0] == '0':
		s, base = s[1:], 8
	}
	if s == "" {
		return 0, base == 16 // a lone 0x is zero
	}
	if strings.ContainsAny(s, "_+-") {
		return 0, false
	}
	n, err := strconv.ParseUint(s, base, 33)
	return n, err == nil
}
