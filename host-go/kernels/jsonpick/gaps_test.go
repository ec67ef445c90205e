package jsonpick_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/jsonpick"
)

// The accepted differences between the kernel and what it stands in for: its baseline, and json.Unmarshal into an any. Each
// has a name, a reason and a test that fails when the difference is gone; grep for GAP.

// pickOne is the kernel's value at /v of a document.
func pickOne(t *testing.T, document string) (string, error) {
	t.Helper()
	values, err := kernel(t).Pick(context.Background(), "/v", []byte(document))
	if err != nil {
		return "", err
	}
	return string(values[0].JSON([]byte(document))), nil
}

// unmarshal is the member v of a document as encoding/json has it.
func unmarshal(document string) (any, error) {
	var whole map[string]any
	err := json.Unmarshal([]byte(document), &whole)
	return whole["v"], err
}

// GAP numbers: json.Unmarshal makes each a float64, the nearest one. The kernel gives the digits, and the caller decides.
func TestGapExactNumbers(t *testing.T) {
	const document = `{"v": 9007199254740993}`
	if v, err := unmarshal(document); err != nil || v != float64(9007199254740992) {
		t.Errorf("the gap is gone: encoding/json gives %v, %v", v, err)
	}
	if v, err := pickOne(t, document); err != nil || v != "9007199254740993" {
		t.Errorf("the gap is gone: the kernel gives %v, %v", v, err)
	}
}

// GAP large numbers: json.Unmarshal refuses the whole document for a number that no float64 is near. It is well-formed
// JSON, and the kernel gives its digits.
func TestGapLargeNumbers(t *testing.T) {
	const document = `{"v": 1e999}`
	var wrong *json.UnmarshalTypeError
	if v, err := unmarshal(document); !errors.As(err, &wrong) {
		t.Errorf("the gap is gone: encoding/json gives %v, %v", v, err)
	}
	if v, err := pickOne(t, document); err != nil || v != "1e999" {
		t.Errorf("the gap is gone: the kernel gives %v, %v", v, err)
	}
}

// GAP invalid UTF-8: json.Unmarshal puts U+FFFD in its place, so that two different texts become one. The kernel and its
// baseline refuse the document, as RFC 8259 (section 8.1) has it and encoding/json/v2 does.
func TestGapInvalidUTF8(t *testing.T) {
	const document = "{\"v\": \"caf\xe9\"}"
	if v, err := unmarshal(document); err != nil || v != "caf\ufffd" {
		t.Errorf("the gap is gone: encoding/json gives %q, %v", v, err)
	}
	want := jsonpick.FailureDocument(jsonpick.Mistake{Offset: 10, Reason: jsonpick.ReasonInvalidUTF8})
	if v, err := pickOne(t, document); err != want {
		t.Errorf("the gap is gone: the kernel gives %q, %v", v, err)
	}
}

// GAP paths that are no UTF-8: the contract has paths as a string, which the call is refused for before the kernel sees it.
// The baseline takes them for names that no document has.
func TestGapInvalidPaths(t *testing.T) {
	ctx := context.Background()
	values, err := jsonpick.Baseline().Pick(ctx, "/caf\xe9", []byte("{}"))
	if err != nil || values[0].Kind != jsonpick.KindAbsent {
		t.Errorf("the gap is gone: the baseline gives %v, %v", values, err)
	}
	var fault *tenon.Fault
	if _, err := kernel(t).Pick(ctx, "/caf\xe9", []byte("{}")); !errors.As(err, &fault) || fault.Kind != tenon.KindABI {
		t.Errorf("the gap is gone: the kernel gives %v", err)
	}
}
