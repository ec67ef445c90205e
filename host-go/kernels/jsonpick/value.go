package jsonpick

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// JSON is the value as it is written in the document, or the line of documents, that it was picked from; nothing of an absent
// one. It shares the document's memory.
func (v Value) JSON(document []byte) []byte {
	return document[v.Start:v.End:v.End]
}

// Text is the text of a string, without quotes and escapes, and false for anything else. Half a surrogate pair becomes U+FFFD.
func (v Value) Text(document []byte) (string, bool) {
	if v.Kind != KindText {
		return "", false
	}
	written := document[v.Start+1 : v.End-1]
	if bytes.IndexByte(written, '\\') < 0 {
		return string(written), true
	}
	var text string
	err := json.Unmarshal(v.JSON(document), &text)
	return text, err == nil
}

// Row is the values of a line, from 0, in the order of the paths. It panics for a line that the table has not.
func (t Table) Row(line int) []Value {
	if uint(line) >= uint(t.Lines) {
		panic(fmt.Sprintf("jsonpick: line %d of a table of %d", line, t.Lines))
	}
	paths := len(t.Values) / int(t.Lines)
	return t.Values[line*paths : (line+1)*paths : (line+1)*paths]
}
