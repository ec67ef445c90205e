package registry

import (
	"bytes"
	"runtime"
	"slices"
	"strconv"
	"testing"
)

// A large file of nothing but small things is refused before it takes many times its size in memory: who may write to the folder
// shall not take a host's.
func TestHostileFilesTakeLittleMemory(t *testing.T) {
	const size = maxText / 2
	many := make([]byte, 0, maxText)
	for i := int64(0); len(many) < size; i++ {
		many = append(strconv.AppendInt(append(many, `,"`...), i, 10), `":0`...)
	}
	around := func(before string, many []byte, after string) []byte {
		return slices.Concat([]byte(before), many, []byte(after))
	}
	keys := around(`{"format":1,"revision":1,"active":"","previous":""`, many, `}`)
	labels := around(`{"format":1,"labels":{"1.0.0":""`, many, `}}`)
	cases := around(`{"format":1,"contract":"tenon:redact","cases":[0`, bytes.Repeat([]byte(",0"), len(many)/2), `]}`)
	for name, c := range map[string]struct {
		parse func() error
		want  Reason
	}{
		"a state of many keys":       {func() error { _, err := parseState("", keys); return err }, ReasonStateMalformed},
		"labels of many keys":        {func() error { _, err := parseLabels("", keys); return err }, ReasonLabelsMalformed},
		"many labels":                {func() error { _, err := parseLabels("", labels); return err }, ReasonTooLarge},
		"golden cases of many keys":  {func() error { return checkGolden("", inMemory, keys) }, ReasonGoldenMalformed},
		"golden cases that are none": {func() error { return checkGolden("", inMemory, cases) }, ""},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := c.parse()
		runtime.ReadMemStats(&after)
		if ReasonOf(err) != c.want || c.want == "" && err != nil {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 16*size {
			t.Errorf("%s: %d MiB for %d", name, took>>20, size>>20)
		}
	}
}
