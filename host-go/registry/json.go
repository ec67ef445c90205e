package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// maxKeys is more than any object of a registry's files has, apart from labels.
const maxKeys = 1000

// errTooManyKeys says that an object has more keys than it may have. The rest of it was not read.
var errTooManyKeys = errors.New("too many keys")

// members reads one JSON object, of at most so many keys. Package json alone would take "Format"
// for "format", the last one of two equal keys, null for anything, and invalid UTF-8; the Rust host would not.
func members(text []byte, most int) (map[string]json.RawMessage, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("invalid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if token, err := d.Token(); err != nil {
		return nil, syntax(err)
	} else if token != json.Delim('{') {
		return nil, errors.New("want an object")
	}
	found := map[string]json.RawMessage{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, syntax(err)
		}
		if len(found) == most {
			return nil, errTooManyKeys
		}
		key := token.(string) // More and Token have it so
		if _, twice := found[key]; twice {
			return nil, fmt.Errorf("key %.80q twice", key)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, syntax(err)
		}
		if string(value) == "null" {
			return nil, fmt.Errorf("%.80q is null", key)
		}
		found[key] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, syntax(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more text after the object")
	}
	return found, nil
}

// syntax makes the end of the text the same error wherever it comes.
func syntax(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// field reads one value of an object; an absent one leaves into as it is.
func field(object map[string]json.RawMessage, key string, into any) error {
	value, there := object[key]
	if !there {
		return nil
	}
	if err := json.Unmarshal(value, into); err != nil {
		return fmt.Errorf("%q: %w", key, err)
	}
	return nil
}

// need says which of some keys an object has not.
func need(object map[string]json.RawMessage, keys ...string) error {
	for _, key := range keys {
		if object[key] == nil {
			return fmt.Errorf("no %q", key)
		}
	}
	return nil
}

// document reads a file's one JSON object. The number of the format comes first, whatever else a newer release may have written; of
// format 1, all keys are among known.
func document(path string, text []byte, malformed Reason, known ...string) (map[string]json.RawMessage, error) {
	object, err := members(text, maxKeys)
	if err != nil {
		return nil, asMalformed(malformed, path, err)
	}
	var format *uint64
	if err := field(object, "format", &format); err != nil {
		return nil, asMalformed(malformed, path, err)
	}
	switch {
	case format == nil || *format == 0:
		return nil, asMalformed(malformed, path, errors.New(`no "format"`))
	case *format > 1:
		return nil, refuse(ReasonFormatNewer, path, "format %d, known up to 1: update this program", *format)
	}
	for key := range object {
		if key != "format" && !slices.Contains(known, key) {
			return nil, asMalformed(malformed, path, fmt.Errorf("unknown key %.80q", key))
		}
	}
	return object, nil
}

// asMalformed makes an error of what is wrong in a file.
func asMalformed(reason Reason, path string, err error) error {
	if e := (*Error)(nil); errors.As(err, &e) && e.Reason == ReasonFormatNewer {
		return err
	}
	return &Error{Reason: reason, Path: path, Message: "the file cannot be read: restore it, or remove it and write it anew", Err: err}
}
