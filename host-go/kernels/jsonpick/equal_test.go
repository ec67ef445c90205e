package jsonpick_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/internal/realinput"
	"github.com/tenon-dev/tenon/host-go/kernels/jsonpick"
)

// baseline is the same for every test, as the kernel is.
var baseline = jsonpick.Baseline()

// check compares what the kernel picks with what the baseline does, and tells whether it is values.
func check(t *testing.T, paths string, document []byte) bool {
	t.Helper()
	ctx := context.Background()
	want, wantErr := baseline.Pick(ctx, paths, document)
	got, err := kernel(t).Pick(ctx, paths, document)
	if err != wantErr || !slices.Equal(got, want) {
		t.Errorf("%.300q %.2000q:\nkernel   %v %v\nbaseline %v %v", paths, document, got, err, want, wantErr)
	}
	return err == nil
}

// checkLines compares what both pick of lines.
func checkLines(t *testing.T, paths string, documents []byte) jsonpick.Table {
	t.Helper()
	ctx := context.Background()
	want, wantErr := baseline.PickLines(ctx, paths, documents)
	got, err := kernel(t).PickLines(ctx, paths, documents)
	same := got.Lines == want.Lines && slices.Equal(got.Values, want.Values) && slices.Equal(got.Mistakes, want.Mistakes)
	if err != wantErr || !same {
		t.Errorf("%.300q %.2000q:\nkernel   %v %v\nbaseline %v %v", paths, documents, got, err, want, wantErr)
	}
	return got
}

// everyPath is the paths of all values of a document, a line each.
func everyPath(value any) string {
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	var paths strings.Builder
	var visit func(path string, value any)
	visit = func(path string, value any) {
		paths.WriteString(path + "\n")
		switch value := value.(type) {
		case map[string]any:
			for name, member := range value {
				if !strings.Contains(name, "\n") {
					visit(path+"/"+escape.Replace(name), member)
				}
			}
		case []any:
			for i, element := range value {
				visit(path+"/"+strconv.Itoa(i), element)
			}
		}
	}
	visit("", value)
	return paths.String()
}

// TestEqualOnEvents looks every value of real documents up, and decodes it to what encoding/json has there.
func TestEqualOnEvents(t *testing.T) {
	for _, line := range realinput.Sample(events(t), 10) {
		var whole any
		if err := json.Unmarshal([]byte(line), &whole); err != nil {
			t.Fatal(err)
		}
		paths := everyPath(whole)
		check(t, paths, []byte(line))
		values, err := kernel(t).Pick(context.Background(), paths, []byte(line))
		if err != nil {
			t.Fatal(err)
		}
		rebuilt := 0
		for i, path := range strings.Split(strings.TrimSuffix(paths, "\n"), "\n") {
			var got any
			if err := json.Unmarshal(values[i].JSON([]byte(line)), &got); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if want := at(whole, path); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %v, want %v", path, got, want)
			}
			rebuilt++
		}
		if rebuilt < 10 {
			t.Errorf("only %d values in %.100s", rebuilt, line)
		}
	}
}

// at is what lies at a path in a decoded document.
func at(value any, path string) any {
	for _, name := range strings.Split(path, "/")[1:] {
		switch in := value.(type) {
		case map[string]any:
			value = in[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]
		case []any:
			i, _ := strconv.Atoi(name)
			value = in[i]
		}
	}
	return value
}

// TestEqualOnLogs has each line of the bundled access log as a document of its fields, indented and not.
func TestEqualOnLogs(t *testing.T) {
	var lines bytes.Buffer
	for i, line := range realinput.Sample(realinput.AccessLog(t), 20)[:600] {
		document := map[string]any{"n": i, "fields": strings.Fields(line), "raw": line, "size": map[string]any{"bytes": len(line)}}
		text, err := json.MarshalIndent(document, "", strings.Repeat(" ", i%20))
		if err != nil {
			t.Fatal(err)
		}
		check(t, "/raw\n/fields/0\n/fields/7\n/size/bytes\n/n\n/none", text)
		if err := json.Compact(&lines, text); err != nil {
			t.Fatal(err)
		}
		lines.WriteByte('\n')
	}
	table := checkLines(t, "/raw\n/fields/0\n/size/bytes", lines.Bytes())
	if table.Lines != 600 || len(table.Mistakes) != 0 || table.Row(599)[0].Kind != jsonpick.KindText {
		t.Errorf("%d lines, mistakes %v", table.Lines, table.Mistakes)
	}
}

// draw writes a random document: names from a few, so that some are equal, and all that JSON lets one write in two ways.
func draw(random *rand.Rand, depth int) string {
	of := func(texts ...string) string { return texts[random.IntN(len(texts))] }
	space := func() string { return of("", "", "", "", " ", "\n", "\t\r\n", strings.Repeat(" ", random.IntN(40))) }
	text := func() string {
		var all strings.Builder
		for range random.IntN(6) {
			all.WriteString(of("a", "b", "plain text ", "é", "日本", "🦀", `\n`, `\"`, `\\`, `\/`, `\u0061`, `\ud83e\udd80`, `\ud800`, `\uDFFF`,
				"\x7f", "a run of more than sixteen letters", ":", ",", "{", "]"))
		}
		return `"` + all.String() + `"`
	}
	switch kind := random.IntN(8); {
	case kind < 2 && depth > 0:
		var parts []string
		for range random.IntN(5) {
			parts = append(parts, space()+draw(random, depth-1)+space())
		}
		if parts == nil {
			return "[" + space() + "]"
		}
		return "[" + strings.Join(parts, ",") + "]"
	case kind < 5 && depth > 0:
		var parts []string
		for range random.IntN(7) {
			name := of(`"a"`, `"b"`, `"c"`, `"0"`, `""`, `"\u0061"`, `"a/b"`, `"é"`, `"\u00e9"`, `"\ud800"`, text())
			parts = append(parts, space()+name+space()+":"+space()+draw(random, depth-1)+space())
		}
		if parts == nil {
			return "{" + space() + "}"
		}
		return "{" + strings.Join(parts, ",") + "}"
	case kind == 5:
		return of("0", "-0", "1", "12", "-345", "1.5", "6e7", "1E+30", "0.1e-9", "12345678901234567890123456789012345678901234567890")
	case kind == 6:
		return of("true", "false", "null")
	default:
		return text()
	}
}

const drawnPaths = "/a\n/b/a\n/c/0\n/a/a/a\n\n/a~1b\n/é\n/\n/0\n/0/a\n/\ufffd\n/a\n/b/1/0\n/1"

func TestEqualOnGeneratedDocuments(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var lines []byte
	for range len(realinput.Sample(make([]string, 4000), 20)) {
		document := draw(random, 5)
		if !check(t, drawnPaths, []byte(" "+document+"\n")) {
			t.Fatalf("refused: %q", document)
		}
		lines = append(lines, document+"\n"...)
	}
	checkLines(t, drawnPaths, lines)
}

// TestEqualOnDamagedDocuments changes, cuts and repeats bytes: mistakes must be the same ones at the same places.
func TestEqualOnDamagedDocuments(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	bad := []byte("\"\\{}[],: \n\t01-+.eEtfnu\x00\x01\x1f\x7f\x80\xc3\xe2\xff")
	refused, rounds := 0, len(realinput.Sample(make([]string, 12000), 20))
	var lines []byte
	for range rounds {
		document := []byte(draw(random, 4))
		for range 1 + random.IntN(2) {
			i := random.IntN(len(document) + 1)
			switch b := bad[random.IntN(len(bad))]; random.IntN(4) {
			case 0:
				document = document[:i]
			case 1:
				document = slices.Insert(document, i, b)
			case 2:
				document = slices.Concat(document[:i], document[random.IntN(i+1):])
			default:
				if i < len(document) {
					document[i] = b
				}
			}
		}
		if !check(t, drawnPaths, document) {
			refused++
		}
		if t.Failed() {
			return
		}
		lines = append(append(lines, document...), '\n')
	}
	if refused < rounds/2 {
		t.Errorf("only %d of %d documents are damaged", refused, rounds)
	}
	checkLines(t, drawnPaths, lines)
}

func TestEqualOnHostileDocuments(t *testing.T) {
	nested := func(open, shut string, depth int) string {
		return strings.Repeat(open, depth) + strings.Repeat(shut, depth)
	}
	documents := []string{
		"", "\x00", "\xef\xbb\xbf{}", strings.Repeat(" ", 100), strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 20_000),
		nested("[", "]", 9_999), nested("[", "]", 10_000), nested("[", "]", 10_001), nested(`{"a":[`, "]}", 5_000) + " ",
		nested("[", "]", 63), nested("[", "]", 64), nested("[", "]", 65) + "]", nested(`[{"a":`, "}]", 64), nested("[", "]", 64) + "}",
		nested(`[[{"a":`, "}]]", 70), `{"a":` + nested("[", "]", 9_999) + "}", `{"a":` + nested("[", "]", 10_000) + "}",
		`"` + strings.Repeat("a", 100_000), `"` + strings.Repeat(`\`, 100_001) + `"`, strings.Repeat("9", 100_000), "-", "1e", `"\u`,
		`{` + strings.Repeat(`"a":{"a":1},`, 200) + `"a":2}`, `[` + strings.Repeat(`1,`, 50_000) + `1]`, "[" + strings.Repeat(",", 1000),
		strings.Repeat("é", 1000), `"` + strings.Repeat("é", 50_000) + "\xc3\"", `"` + strings.Repeat("日本\\n", 10_000) + `"`,
	}
	deep := strings.Repeat("/0", 9_999) + "\n" + strings.Repeat("/0", 10_000) + "\n" + strings.Repeat("/a/0", 5_000)
	for _, document := range documents {
		check(t, drawnPaths, []byte(document))
		check(t, deep, []byte(document))
		checkLines(t, drawnPaths, []byte(document+"\n"+document))
	}
}

func TestEqualOnManyPaths(t *testing.T) {
	var paths, document strings.Builder
	document.WriteString(`{"x":0`)
	for i := range 2000 {
		paths.WriteString("/name" + strconv.Itoa(i*7%3000) + "/" + strconv.Itoa(i%3) + "\n")
		document.WriteString(`,"name` + strconv.Itoa(i) + `":[1,{"2":3}]`)
	}
	document.WriteString("}")
	check(t, paths.String(), []byte(document.String()))
}

func TestTooManyValuesAreRefused(t *testing.T) {
	documents := bytes.Repeat([]byte("\n"), 1<<12)
	checkLines(t, strings.Repeat("/a\n", 1<<8), documents)
	ctx := context.Background()
	for _, p := range []jsonpick.Picker{kernel(t), jsonpick.Baseline()} {
		_, err := p.PickLines(ctx, strings.Repeat("/a\n", 1<<8+1), documents)
		var failure jsonpick.Failure
		if !errors.As(err, &failure) || failure.Kind() != jsonpick.FailureKindTooManyValues {
			t.Errorf("got %v", err)
		}
	}
}

// TestAnswersDoNotDependOnEarlierOnes goes to and fro between paths, and between documents with mistakes and without.
func TestAnswersDoNotDependOnEarlierOnes(t *testing.T) {
	for range 3 {
		check(t, "/a/b\n/a", []byte(`{"a":{"b":1},"a":[`+strings.Repeat("[", 200)))
		check(t, "/a/b\n/a", []byte(`{"a":{"b":"é"}}`))
		check(t, "/a\n/a/b", []byte(`{"a":{"b":"\xff"}}`))
		check(t, "/a\n/a", []byte(`{"b":{"b":1}}`))
		check(t, "a", []byte(`{}`))
		check(t, "", []byte(`{}`))
	}
}

func TestCanceledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	b := jsonpick.Baseline()
	_, err := b.Pick(ctx, "", []byte("1"))
	_, errLines := b.PickLines(ctx, "", []byte("1"))
	if err != context.Canceled || errLines != context.Canceled {
		t.Errorf("got %v, %v", err, errLines)
	}
}

func TestRowsOfNoTableSaySo(t *testing.T) {
	for _, table := range []jsonpick.Table{{}, {Lines: 1, Values: make([]jsonpick.Value, 2)}} {
		for _, line := range []int{-1, int(table.Lines)} {
			func() {
				defer func() {
					if said, _ := recover().(string); !strings.Contains(said, "jsonpick: line") {
						t.Errorf("line %d of %d: %q", line, table.Lines, said)
					}
				}()
				table.Row(line)
			}()
		}
	}
}
