package jsonpick_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// eventsFile has generated events in the form of a code forge's public timeline, a document a line. It lies with the crate,
// whose benchmark reads it too.
const eventsFile = "../../../kernels/jsonpick/data/events.jsonl"

// events are the lines of eventsFile. A test is skipped where the repository is not around.
func events(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile(eventsFile)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no events: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// TestEventsAreGenerated holds the file against what generates it; BLESS=1 writes it.
func TestEventsAreGenerated(t *testing.T) {
	want := generate(96)
	if os.Getenv("BLESS") != "" {
		if err := os.WriteFile(eventsFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(events(t), "\n") + "\n"; got != string(want) {
		t.Errorf("%s is not what this test generates; BLESS=1 writes it", eventsFile)
	}
}

// dice draw the parts of events, the same ones each time.
type dice struct{ *rand.Rand }

func (d dice) of(words ...string) string { return words[d.IntN(len(words))] }

func (d dice) hex(digits int) string {
	var text strings.Builder
	for range digits {
		fmt.Fprintf(&text, "%x", d.IntN(16))
	}
	return text.String()
}

func (d dice) sentence() string {
	words := []string{"Fix", "the", "parser", "of", "\"quoted\"", "names", "and", "paths\\files", "für", "naïve", "日本語", "🦀", "tests",
		"bump", "version", "from", "1.4.2", "to", "1.5.0", "(#1024)", "refactor", "handler", "without", "allocation", "<b>"}
	var text []string
	for range 4 + d.IntN(12) {
		text = append(text, d.of(words...))
	}
	if d.IntN(3) == 0 {
		text = append(text, "\n\nSigned-off-by:", d.login(), "\n")
	}
	return strings.Join(text, " ")
}

func (d dice) login() string {
	return d.of("octo", "gopher", "ferris", "ada", "grace", "linus") + d.of("-dev", "-bot", "42", "", "-io")
}

type object = map[string]any

func (d dice) user() object {
	login := d.login()
	id := 1000 + d.IntN(90_000_000)
	return object{
		"id": id, "login": login, "display_login": login, "gravatar_id": "", "url": "https://api.forge.example/users/" + login,
		"avatar_url": fmt.Sprintf("https://avatars.forge.example/u/%d?", id),
	}
}

func (d dice) commits() []object {
	var all []object
	for range 1 + d.IntN(4) {
		sha := d.hex(40)
		all = append(all, object{
			"sha": sha, "author": object{"email": d.login() + "@mail.example", "name": d.login()},
			"message": d.sentence(), "distinct": d.IntN(2) == 0, "url": "https://api.forge.example/commits/" + sha,
		})
	}
	return all
}

func (d dice) payload(kind string) object {
	switch kind {
	case "PushEvent":
		commits := d.commits()
		return object{"push_id": d.Int64N(1 << 40), "size": len(commits), "distinct_size": len(commits), "ref": "refs/heads/main",
			"head": d.hex(40), "before": d.hex(40), "commits": commits}
	case "IssuesEvent":
		var labels []object
		for range d.IntN(4) {
			labels = append(labels, object{"id": d.IntN(1 << 30), "name": d.of("bug", "docs", "good first issue"), "color": d.hex(6), "default": true})
		}
		return object{"action": d.of("opened", "closed"), "issue": object{
			"id": d.IntN(1 << 30), "number": d.IntN(5000), "title": d.sentence(), "user": d.user(), "labels": labels, "state": "open",
			"locked": false, "assignee": nil, "assignees": []object{}, "milestone": nil, "comments": d.IntN(40),
			"created_at": d.time(), "closed_at": nil, "body": d.sentence() + "\n\n" + d.sentence(), "score": d.Float64(),
			"reactions": object{"+1": d.IntN(9), "-1": 0, "laugh": 0, "confused": 0, "heart": d.IntN(5)},
		}}
	default:
		return object{"action": "started"}
	}
}

func (d dice) time() string {
	return fmt.Sprintf("2026-%02d-%02dT%02d:%02d:%02dZ", 1+d.IntN(12), 1+d.IntN(28), d.IntN(24), d.IntN(60), d.IntN(60))
}

// generate are so many events, a line each.
func generate(n int) []byte {
	d := dice{rand.New(rand.NewPCG(1, 2))}
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	encoder.SetEscapeHTML(false)
	for i := range n {
		kind := d.of("PushEvent", "PushEvent", "IssuesEvent", "IssuesEvent", "WatchEvent")
		repo := d.login() + "/" + d.of("parser", "engine", "site", "tools")
		event := object{
			"id": fmt.Sprint(29_000_000_000 + i), "type": kind, "actor": d.user(),
			"repo":    object{"id": d.IntN(1 << 29), "name": repo, "url": "https://api.forge.example/repos/" + repo},
			"payload": d.payload(kind), "public": true, "created_at": d.time(),
		}
		if err := encoder.Encode(event); err != nil {
			panic(err) // it is made of what can be encoded
		}
	}
	return lines.Bytes()
}
