package precedent

import (
	"regexp"
	"slices"
	"strings"
)

// maxErrors is how many errors of one text count: a pasted log says the same
// thing often.
const maxErrors = 20

var (
	// named finds what errors are called: ECONNREFUSED, SIGSEGV, ORA-01555,
	// java.lang.OutOfMemoryError, ERR_TOO_MANY_REDIRECTS, CrashLoopBackOff.
	named = regexp.MustCompile(`\b(?:E(?:ACCES|ADDRINUSE|AGAIN|BADF|CONN[A-Z]+|DQUOT|EXIST|HOSTUNREACH|IO|MFILE|NETUNREACH|NFILE|NOENT|NOMEM|NOSPC|NOTFOUND|PERM|PIPE|ROFS|TIMEDOUT)|SIG(?:SEGV|KILL|ABRT|BUS|TERM)|ERR_[A-Z][A-Z_]{3,}|(?:ORA|ERR|SQLSTATE|TNS|PLS|DB|KB|AADSTS)-?[0-9]{3,6}|[A-Z][a-z]+(?:[A-Z][a-z]+)*(?:Exception|Error|Failure|BackOff|Killed)|[A-Z]{2,}[a-z]+(?:Exception|Error))\b`)
	// phrased finds what systems say in words (errno(3), and what databases,
	// proxies and name servers add).
	phrased = regexp.MustCompile(`(?i)\b(?:connection (?:refused|reset by peer|timed out|pool (?:exhausted|timeout)|closed unexpectedly)|(?:no route to|unknown) host|too many (?:connections|open files|requests|redirects)|no space left on device|disk (?:is )?full|out of memory|oom[- ]?kill(?:ed|er)?|cannot allocate memory|permission denied|access denied|broken pipe|read-only file system|input/output error|segmentation fault|core dumped|stack overflow|deadlock(?: found| detected)?|lock wait timeout|duplicate entry|duplicate key|replication (?:lag|stopped|broken)|certificate (?:has )?expired|x509: [a-z ]{4,60}|tls handshake (?:timeout|failure|error)|(?:certificate|ssl) verify failed|bad gateway|gateway time-?out|service unavailable|internal server error|context deadline exceeded|deadline exceeded|upstream (?:timed out|connect error)|no healthy upstream|name or service not known|servfail|nxdomain|temporary failure in name resolution|quota exceeded|rate limit(?: exceeded|ed)?|insufficient (?:memory|cpu|capacity|quota)|image ?pull ?back ?off|crash ?loop ?back ?off|evicted|table (?:is )?full|(?:table|file|page|index) (?:is )?(?:marked as )?(?:crashed|corrupt(?:ed)?)|checksum mismatch|kernel panic|split[- ]brain)\b`)
	// coded finds what HTTP calls them, where it is said that it is HTTP or an error.
	coded = regexp.MustCompile(`(?i)\b(?:(?:http|status|code|error|response|returning|returned|returns|throwing|serving|with)s?(?: code| status| an?| errors?)?[: =/]*(?:1\.[01] )?([45][0-9][0-9]|5xx)s?\b|([45][0-9][0-9]|5xx)(?:s|'s|’s)?[ -](?:errors?|responses?|status(?:es)?|bad|gateway|service|internal|too|unauthorized|forbidden|not found)\b)`)
)

// hints reports whether a text can hold errors of each kind. Few do, and the
// expressions are a hundred times as slow.
func hints(text string) (name, phrase, code bool) {
	for _, s := range []string{
		"Exception", "Error", "Failure", "BackOff", "Killed", "SIG", "ERR", "ORA-", "SQLSTATE", "TNS-", "PLS-", "DB", "KB", "AADSTS",
		"EACCES", "EADDR", "EAGAIN", "EBADF", "ECONN", "EDQUOT", "EEXIST", "EHOST", "EIO", "EMFILE", "ENET", "ENFILE", "ENO", "EPERM", "EPIPE", "EROFS", "ETIMEDOUT",
	} {
		if name = strings.Contains(text, s); name {
			break
		}
	}
	low := strings.ToLower(text)
	for _, s := range []string{
		"connection", " host", "too many", "no space", "disk", "memory", "oom", "denied", "pipe", "read-only", "input/output", "segmentation", "core dumped",
		"overflow", "deadlock", "lock wait", "duplicate", "replication", "certificate", "x509", "handshake", "verify failed", "gateway", "unavailable",
		"internal server", "deadline", "upstream", "name or service", "servfail", "nxdomain", "name resolution", "quota", "rate limit", "insufficient",
		"pull", "crash", "evicted", "full", "corrupt", "checksum", "panic", "split",
	} {
		if phrase = strings.Contains(low, s); phrase {
			break
		}
	}
	for i := 0; i+3 <= len(low) && !code; i++ {
		if (low[i] == '4' || low[i] == '5') && (i == 0 || !('0' <= low[i-1] && low[i-1] <= '9' || 'a' <= low[i-1] && low[i-1] <= 'z')) {
			a, z := low[i+1], low[i+2]
			code = '0' <= a && a <= '9' && '0' <= z && z <= '9' || a == 'x' && z == 'x'
		}
	}
	return name, phrase, code
}

// A Failure is an error that a text quotes.
type Failure struct {
	Name string `json:"name"` // as two are compared: in lower case, "http 503" however it was put
	As   string `json:"as"`   // as it was written
}

// Errors returns the errors that a text quotes, each once.
func Errors(text string) []Failure {
	var out []Failure
	add := func(name, as string) {
		name = strings.Join(strings.Fields(strings.ToLower(name)), " ")
		if len(out) < maxErrors && !slices.ContainsFunc(out, func(f Failure) bool { return f.Name == name }) {
			out = append(out, Failure{Name: name, As: as})
		}
	}
	name, phrase, code := hints(text)
	if !name && !phrase && !code {
		return nil
	}
	text = strings.Join(strings.Fields(text), " ")
	if name {
		for _, m := range named.FindAllString(text, maxErrors) {
			add(m, m)
		}
	}
	if phrase {
		for _, m := range phrased.FindAllString(text, maxErrors) {
			add(m, m)
		}
	}
	if code {
		for _, m := range coded.FindAllStringSubmatch(text, maxErrors) {
			add("http "+m[1]+m[2], m[0])
		}
	}
	return out
}
