/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "instant.h"
#include "size.h"
#include "line.h"

/* --- scalars ------------------------------------------------------------ */

/* Letters, digits, and . _ / + @ : - as they lie in ASCII. */
static bool plain_char(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '-' && c <= ':') || (c >= '@' && c <= 'Z') ||
	       c == '_' || c == '+';
}

/* Would another YAML reader take it for a number?  A hexadecimal digest may
 * consist of digits and an `e`. */
static bool looks_numeric(const char *s, size_t n)
{
	size_t i = 0;

	if (s[0] == '+' || s[0] == '-' || s[0] == '.')
		i++;
	if (i == n || !isdigit((unsigned char)s[i]))
		return false;
	for (; i < n; i++)
		if (!isdigit((unsigned char)s[i]) && !strchr("eE+.:_", s[i]) &&
		    !(s[i] == '-' && (s[i - 1] == 'e' || s[i - 1] == 'E')) &&
		    !(i == 1 && (s[i] == 'x' || s[i] == 'o')) && !(s[1] == 'x' && isxdigit((unsigned char)s[i])))
			return false;
	return true;
}

static bool is_word(const char *s, size_t n)
{
	static const char *const words[] = { "null", "true", "false", "yes", "no", "on", "off", "y", "n" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == n && !strncasecmp(words[i], s, n))
			return true;
	return false;
}

static bool plain_safe(const char *s, size_t n)
{
	if (!n || !(isalnum((unsigned char)s[0]) || s[0] == '/') || s[n - 1] == ':')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!plain_char((unsigned char)s[i]))
			return false;
	return !looks_numeric(s, n) && !is_word(s, n);
}

/* Decode one UTF-8 character; 0 for bytes that are none. */
static size_t utf8_decode(const unsigned char *s, size_t n, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;

	if (!len || len > n || s[0] > 0xf4)
		return 0;
	*c = len == 1 ? s[0] : s[0] & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (s[i] & 0x3f);
	}
	return (*c < least[len] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000)) ? 0 : len;
}

/* What libyaml's reader takes as it stands. */
static bool printable(uint32_t c)
{
	return (c >= 0x20 && c < 0x7f) || (c >= 0xa0 && c < 0xd800 && c != 0x2028 && c != 0x2029) ||
	       (c >= 0xe000 && c <= 0xfffd && c != 0xfeff) || c >= 0x10000;
}

static void add_escaped(struct buf *b, uint32_t c)
{
	switch (c) {
	case '\n': buf_adds(b, "\\n"); break;
	case '\t': buf_adds(b, "\\t"); break;
	case '\r': buf_adds(b, "\\r"); break;
	default:
		if (c < 0x100)
			buf_addf(b, "\\x%02x", c);
		else
			buf_addf(b, "\\u%04x", c);
	}
}

void line_quoted(struct buf *b, const char *value, size_t n)
{
	const unsigned char *s = (const unsigned char *)value;

	buf_addc(b, '"');
	while (n) {
		uint32_t c = 0;
		size_t len = utf8_decode(s, n, &c);

		if (!len) {
			buf_adds(b, "\xef\xbf\xbd");
			len = 1;
		} else if (c == '"' || c == '\\') {
			buf_addc(b, '\\');
			buf_addc(b, (char)c);
		} else if (printable(c)) {
			buf_add(b, s, len);
		} else {
			add_escaped(b, c);
		}
		s += len;
		n -= len;
	}
	buf_addc(b, '"');
}

void line_scalar(struct buf *b, const char *value, size_t n)
{
	if (plain_safe(value, n))
		buf_add(b, value, n);
	else
		line_quoted(b, value, n);
}

/* --- line documents ----------------------------------------------------- */

void line_begin(struct buf *b)
{
	buf_adds(b, "--- {");
}

static void add_key(struct buf *b, const char *key)
{
	if (b->len && b->s[b->len - 1] != '{')
		buf_add(b, ", ", 2);
	buf_adds(b, key);
	buf_add(b, ": ", 2);
}

void line_textn(struct buf *b, const char *key, const char *value, size_t n)
{
	add_key(b, key);
	line_scalar(b, value, n);
}

void line_text(struct buf *b, const char *key, const char *value)
{
	line_textn(b, key, value, strlen(value));
}

void line_int(struct buf *b, const char *key, long long value)
{
	add_key(b, key);
	if (value < 0)
		buf_addc(b, '-');
	buf_addu(b, value < 0 ? -(unsigned long long)value : (unsigned long long)value);
}

void line_real(struct buf *b, const char *key, double value, int decimals)
{
	add_key(b, key);
	buf_addf(b, "%.*f", decimals, isfinite(value) ? value : 0.0);
}

void line_time(struct buf *b, const char *key, int64_t instant)
{
	add_key(b, key);
	instant_format(instant, b);
}

void line_duration(struct buf *b, const char *key, int64_t us)
{
	add_key(b, key);
	duration_format(us, b);
}

void line_size(struct buf *b, const char *key, uint64_t bytes)
{
	add_key(b, key);
	size_format(bytes, b);
}

void line_raw(struct buf *b, const char *key, const char *flow)
{
	add_key(b, key);
	buf_adds(b, flow);
}

void line_end(struct buf *b)
{
	buf_add(b, "}\n", 2);
}

/* What has to stand between the line and the body: looks at the first line of
 * the body that is neither blank nor a comment. */
static const char *separator(const char *s, size_t n)
{
	const char *end = s + n;

	while (s < end) {
		const char *at = s;

		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		/* YAML ends lines at CR as well. */
		if (at == end || *at == '\n' || *at == '\r' || *at == '#') {
			while (at < end && *at != '\n' && *at != '\r')
				at++;
			s = at < end ? at + 1 : end;
			continue;
		}
		if (*s == '%')
			return "...\n";
		if (end - s >= 3 && !memcmp(s, "---", 3) &&
		    (end - s == 3 || isspace((unsigned char)s[3])))
			return "";
		break;
	}
	return "---\n";
}

void line_body(struct buf *b, const char *body, size_t len)
{
	const char *sep = separator(body, len);

	if (!*sep)
		line_int(b, "skip", 0);
	line_int(b, "bytes", (long long)len);
	line_end(b);
	buf_adds(b, sep);
	buf_add(b, body, len);
	if (len && body[len - 1] != '\n')
		buf_addc(b, '\n');
}
