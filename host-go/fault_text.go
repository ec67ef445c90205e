package tenon

import (
	"encoding/json"
	"log/slog"
)

// The names below are those of wit/vectors/names.json, which both hosts keep to in JSON, logs and metrics.

// MarshalJSON gives the fault as an object: kind and message always, and of code, slot, kernel, version, label, file,
// export, backtrace and cause those that are known. Names are only ever added.
func (f *Fault) MarshalJSON() ([]byte, error) {
	object := struct {
		Kind      Kind     `json:"kind"`
		Code      TrapCode `json:"code,omitempty"`
		Slot      string   `json:"slot,omitempty"`
		Kernel    string   `json:"kernel,omitempty"`
		Version   string   `json:"version,omitempty"`
		Label     string   `json:"label,omitempty"`
		File      string   `json:"file,omitempty"`
		Export    string   `json:"export,omitempty"`
		Message   string   `json:"message"`
		Backtrace []string `json:"backtrace,omitempty"`
		Cause     string   `json:"cause,omitempty"`
	}{f.Kind, f.Code, f.Slot, f.Kernel, f.Version, f.Label, f.File, f.Export, f.Message, f.Backtrace, f.cause()}
	return json.Marshal(object)
}

// LogValue gives the fault as a group with the names of MarshalJSON, so that slog.Any("fault", err) logs its parts.
func (f *Fault) LogValue() slog.Value { return slog.GroupValue(f.attrs()...) }

// attrs are the fault's parts, but for those that are not known.
func (f *Fault) attrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("kind", string(f.Kind))}
	add := func(name, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(name, value))
		}
	}
	add("code", string(f.Code))
	add("slot", f.Slot)
	add("kernel", f.Kernel)
	add("version", f.Version)
	add("label", f.Label)
	add("file", f.File)
	add("export", f.Export)
	attrs = append(attrs, slog.String("message", f.Message))
	if len(f.Backtrace) > 0 {
		attrs = append(attrs, slog.Any("backtrace", f.Backtrace))
	}
	add("cause", f.cause())
	return attrs
}

// cause is the text of the fault's cause.
func (f *Fault) cause() string {
	if f.Err == nil {
		return ""
	}
	return f.Err.Error()
}
