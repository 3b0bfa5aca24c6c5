package cards

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unread stands for a character of a charset that is not read. What holds one is no text.
const unread = '\uFFFF'

// escape begins what is no ASCII in the charsets of ISO 2022, which have no byte above 0x7F.
const escape = 0x1B

// decode is a page as UTF-8. The charset is that of a byte order mark, of the header of the answer or of the
// page itself, in this order; without any UTF-8 where the bytes are, else windows-1252, as browsers do.
//
// Single-byte charsets and UTF-16 are read. Of the others (Shift_JIS, GBK …) the ASCII is: the rest becomes
// [unread].
func decode(body []byte, declared string) string {
	switch {
	case hasPrefix(body, "\xEF\xBB\xBF"):
		return valid(body[3:])
	case hasPrefix(body, "\xFF\xFE"):
		return wide(body[2:], binary.LittleEndian)
	case hasPrefix(body, "\xFE\xFF"):
		return wide(body[2:], binary.BigEndian)
	}
	switch label := charset(declared); label {
	case "utf16", "utf16le":
		return wide(body, binary.LittleEndian)
	case "utf16be":
		return wide(body, binary.BigEndian)
	case "":
		return narrow(body, declaredInside(body))
	default:
		return narrow(body, label)
	}
}

func hasPrefix(b []byte, mark string) bool {
	return strings.HasPrefix(string(b[:min(len(b), 3)]), mark)
}

// narrow decodes a charset of which ASCII is a part.
func narrow(body []byte, label string) string {
	switch {
	case label == "utf8", strings.HasPrefix(label, "utf16"): // a page that could be read as ASCII so far is not UTF-16
		return valid(body)
	case label == "" && !utf8.Valid(trimRune(body)):
		label = "windows1252"
	case upperHalf(label) == "" && !bytes.ContainsRune(body, escape) && utf8.Valid(trimRune(body)):
		return valid(body) // whatever it is called: other charsets hardly ever look like UTF-8
	}
	return single(body, upperHalf(label))
}

// trimRune cuts off the start of a rune that the bound on the page cut in two.
func trimRune(b []byte) []byte {
	for i := len(b) - 1; i >= 0 && i >= len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return b[:i]
			}
			break
		}
	}
	return b
}

func valid(b []byte) string { return strings.ToValidUTF8(string(trimRune(b)), "\uFFFD") }

// single decodes one byte a character; upper holds those of 0x80 to 0xFF, empty for a charset that is not read.
func single(body []byte, upper string) string {
	table := []rune(upper)
	var out strings.Builder
	out.Grow(len(body) + len(body)/8)
	for _, b := range body {
		switch {
		case b == escape, b >= utf8.RuneSelf && len(table) == 0:
			out.WriteRune(unread)
		case b < utf8.RuneSelf:
			out.WriteByte(b)
		default:
			out.WriteRune(table[b-utf8.RuneSelf])
		}
	}
	return out.String()
}

func wide(body []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(body)/2)
	for i := range units {
		units[i] = order.Uint16(body[2*i:])
	}
	return string(utf16.Decode(units))
}

// prescan is how many bytes of a page are looked at for its charset. The standard says 1,024; pages with a
// comment or scripts in front are common enough.
const prescan = 4 << 10

// declaredInside is the charset that a page gives itself; "" for none.
func declaredInside(body []byte) string {
	s := scanner{src: string(body[:min(len(body), prescan)])}
	for t, ok := s.next(); ok; t, ok = s.next() {
		if t.name != "meta" || t.end {
			continue
		}
		if label := charset(t.attr("charset")); label != "" {
			return label
		}
		if strings.EqualFold(t.attr("http-equiv"), "content-type") {
			if _, rest, ok := strings.Cut(strings.ToLower(t.attr("content")), "charset="); ok {
				label, _, _ := strings.Cut(rest, ";")
				return charset(label)
			}
		}
	}
	return ""
}

// charset is a label in the form that [upperHalf] knows: letters and digits alone, one for those that browsers
// take for the same.
func charset(label string) string {
	label = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, label)
	switch label {
	case "unicode11utf8", "unicode20utf8", "xunicode20utf8":
		return "utf8"
	case "ascii", "usascii", "iso88591", "latin1", "l1", "cp819", "ansix341968":
		return "windows1252"
	case "iso88599", "latin5", "l5":
		return "windows1254"
	case "iso885911", "tis620", "dos874":
		return "windows874"
	case "latin2", "l2":
		return "iso88592"
	case "cyrillic":
		return "iso88595"
	case "greek", "greek8":
		return "iso88597"
	case "latin9", "l9":
		return "iso885915"
	case "koi8", "koi", "cskoi8r":
		return "koi8r"
	case "koi8ru":
		return "koi8u"
	case "866", "cp866", "csibm866":
		return "ibm866"
	}
	for _, prefix := range []string{"xcp125", "cp125"} {
		if rest, ok := strings.CutPrefix(label, prefix); ok {
			return "windows125" + rest
		}
	}
	return label
}

// upperHalf holds the characters of the bytes 0x80 to 0xFF, U+FFFD where there is none; "" for a charset that
// is not read. The tables are those of the charsets as Python 3 has them.
func upperHalf(label string) string {
	switch label {
	case "windows1250":
		return "€\ufffd‚\ufffd„…†‡\ufffd‰Š‹ŚŤŽŹ\ufffd‘’“”•–—\ufffd™š›śťžź" +
			"\u00a0ˇ˘Ł¤Ą¦§¨©Ş«¬\u00ad®Ż°±˛ł´µ¶·¸ąş»Ľ˝ľż" +
			"ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢß" +
			"ŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙"
	case "windows1251":
		return "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\ufffd™љ›њќћџ" +
			"\u00a0ЎўЈ¤Ґ¦§Ё©Є«¬\u00ad®Ї°±Ііґµ¶·ё№є»јЅѕї" +
			"АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ" +
			"абвгдежзийклмнопрстуфхцчшщъыьэюя"
	case "windows1252":
		return "€\ufffd‚ƒ„…†‡ˆ‰Š‹Œ\ufffdŽ\ufffd\ufffd‘’“”•–—˜™š›œ\ufffdžŸ" +
			"\u00a0¡¢£¤¥¦§¨©ª«¬\u00ad®¯°±²³´µ¶·¸¹º»¼½¾¿" +
			"ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß" +
			"àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ"
	case "windows1253":
		return "€\ufffd‚ƒ„…†‡\ufffd‰\ufffd‹\ufffd\ufffd\ufffd\ufffd\ufffd‘’“”•–—\ufffd™\ufffd›\ufffd\ufffd\ufffd\ufffd" +
			"\u00a0΅Ά£¤¥¦§¨©\ufffd«¬\u00ad®―°±²³΄µ¶·ΈΉΊ»Ό½ΎΏ" +
			"ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ\ufffdΣΤΥΦΧΨΩΪΫάέήί" +
			"ΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώ\ufffd"
	case "windows1254":
		return "€\ufffd‚ƒ„…†‡ˆ‰Š‹Œ\ufffd\ufffd\ufffd\ufffd‘’“”•–—˜™š›œ\ufffd\ufffdŸ" +
			"\u00a0¡¢£¤¥¦§¨©ª«¬\u00ad®¯°±²³´µ¶·¸¹º»¼½¾¿" +
			"ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏĞÑÒÓÔÕÖ×ØÙÚÛÜİŞß" +
			"àáâãäåæçèéêëìíîïğñòóôõö÷øùúûüışÿ"
	case "windows1255":
		return "€\ufffd‚ƒ„…†‡ˆ‰\ufffd‹\ufffd\ufffd\ufffd\ufffd\ufffd‘’“”•–—˜™\ufffd›\ufffd\ufffd\ufffd\ufffd" +
			"\u00a0¡¢£₪¥¦§¨©×«¬\u00ad®¯°±²³´µ¶·¸¹÷»¼½¾¿" +
			"\u05b0\u05b1\u05b2\u05b3\u05b4\u05b5\u05b6\u05b7\u05b8\u05b9\ufffd\u05bb\u05bc\u05bd־\u05bf׀\u05c1\u05c2׃װױײ׳״\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd" +
			"אבגדהוזחטיךכלםמןנסעףפץצקרשת\ufffd\ufffd\u200e\u200f\ufffd"
	case "windows1256":
		return "€پ‚ƒ„…†‡ˆ‰ٹ‹Œچژڈگ‘’“”•–—ک™ڑ›œ\u200c\u200dں" +
			"\u00a0،¢£¤¥¦§¨©ھ«¬\u00ad®¯°±²³´µ¶·¸¹؛»¼½¾؟" +
			"ہءآأؤإئابةتثجحخدذرزسشصض×طظعغـفقك" +
			"àلâمنهوçèéêëىيîï\u064b\u064c\u064d\u064eô\u064f\u0650÷\u0651ù\u0652ûü\u200e\u200fے"
	case "windows1257":
		return "€\ufffd‚\ufffd„…†‡\ufffd‰\ufffd‹\ufffd¨ˇ¸\ufffd‘’“”•–—\ufffd™\ufffd›\ufffd¯˛\ufffd" +
			"\u00a0\ufffd¢£¤\ufffd¦§Ø©Ŗ«¬\u00ad®Æ°±²³´µ¶·ø¹ŗ»¼½¾æ" +
			"ĄĮĀĆÄÅĘĒČÉŹĖĢĶĪĻŠŃŅÓŌÕÖ×ŲŁŚŪÜŻŽß" +
			"ąįāćäåęēčéźėģķīļšńņóōõö÷ųłśūüżž˙"
	case "windows1258":
		return "€\ufffd‚ƒ„…†‡ˆ‰\ufffd‹Œ\ufffd\ufffd\ufffd\ufffd‘’“”•–—˜™\ufffd›œ\ufffd\ufffdŸ" +
			"\u00a0¡¢£¤¥¦§¨©ª«¬\u00ad®¯°±²³´µ¶·¸¹º»¼½¾¿" +
			"ÀÁÂĂÄÅÆÇÈÉÊË\u0300ÍÎÏĐÑ\u0309ÓÔƠÖ×ØÙÚÛÜƯ\u0303ß" +
			"àáâăäåæçèéêë\u0301íîïđñ\u0323óôơö÷øùúûüư₫ÿ"
	case "windows874":
		return "€\ufffd\ufffd\ufffd\ufffd…\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd‘’“”•–—\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd" +
			"\u00a0กขฃคฅฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟ" +
			"ภมยรฤลฦวศษสหฬอฮฯะ\u0e31าำ\u0e34\u0e35\u0e36\u0e37\u0e38\u0e39\u0e3a\ufffd\ufffd\ufffd\ufffd฿" +
			"เแโใไๅๆ\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4d\u0e4e๏๐๑๒๓๔๕๖๗๘๙๚๛\ufffd\ufffd\ufffd\ufffd"
	case "iso88592":
		return "\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\u008a\u008b\u008c\u008d\u008e\u008f\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097\u0098\u0099\u009a\u009b\u009c\u009d\u009e\u009f" +
			"\u00a0Ą˘Ł¤ĽŚ§¨ŠŞŤŹ\u00adŽŻ°ą˛ł´ľśˇ¸šşťź˝žż" +
			"ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢß" +
			"ŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙"
	case "iso88595":
		return "\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\u008a\u008b\u008c\u008d\u008e\u008f\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097\u0098\u0099\u009a\u009b\u009c\u009d\u009e\u009f" +
			"\u00a0ЁЂЃЄЅІЇЈЉЊЋЌ\u00adЎЏАБВГДЕЖЗИЙКЛМНОП" +
			"РСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмноп" +
			"рстуфхцчшщъыьэюя№ёђѓєѕіїјљњћќ§ўџ"
	case "iso88597":
		return "\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\u008a\u008b\u008c\u008d\u008e\u008f\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097\u0098\u0099\u009a\u009b\u009c\u009d\u009e\u009f" +
			"\u00a0‘’£€₯¦§¨©ͺ«¬\u00ad\ufffd―°±²³΄΅Ά·ΈΉΊ»Ό½ΎΏ" +
			"ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ\ufffdΣΤΥΦΧΨΩΪΫάέήί" +
			"ΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώ\ufffd"
	case "iso885915":
		return "\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\u008a\u008b\u008c\u008d\u008e\u008f\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097\u0098\u0099\u009a\u009b\u009c\u009d\u009e\u009f" +
			"\u00a0¡¢£€¥Š§š©ª«¬\u00ad®¯°±²³Žµ¶·ž¹º»ŒœŸ¿" +
			"ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß" +
			"àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ"
	case "koi8r":
		return "─│┌┐└┘├┤┬┴┼▀▄█▌▐░▒▓⌠■∙√≈≤≥\u00a0⌡°²·÷" +
			"═║╒ё╓╔╕╖╗╘╙╚╛╜╝╞╟╠╡Ё╢╣╤╥╦╧╨╩╪╫╬©" +
			"юабцдефгхийклмнопярстужвьызшэщчъ" +
			"ЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ"
	case "koi8u":
		return "─│┌┐└┘├┤┬┴┼▀▄█▌▐░▒▓⌠■∙√≈≤≥\u00a0⌡°²·÷" +
			"═║╒ёє╔ії╗╘╙╚╛ґ╝╞╟╠╡ЁЄ╣ІЇ╦╧╨╩╪Ґ╬©" +
			"юабцдефгхийклмнопярстужвьызшэщчъ" +
			"ЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ"
	case "ibm866":
		return "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ" +
			"абвгдежзийклмноп░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
			"└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀" +
			"рстуфхцчшщъыьэюяЁёЄєЇїЎў°∙·√№¤■\u00a0"
	}
	return ""
}
