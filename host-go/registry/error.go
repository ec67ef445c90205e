package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// An Error is what the registry refused or could not do. Use errors.As to see its parts, and errors.Is with ErrIntegrity,
// ErrNotFound, ErrFormat or ErrName for the groups that callers mostly ask for.
type Error struct {
	// Reason is the cause, a word of the closed list.
	Reason Reason
	// Op is what was asked, such as "publish".
	Op string
	// Contract is the package of the contract, such as "tenon:redact"; "" where none was named.
	Contract string
	// Path is the file that is concerned; "" where it is none.
	Path string
	// Message says what is wrong and what to do about it.
	Message string
	// Err is the error behind it, or nil.
	Err error
}

var (
	// ErrNotFound says that the registry holds no such contract, digest or label.
	ErrNotFound = errors.New("not in the registry")
	// ErrIntegrity says that bytes, a signature or a release counter are not what they should be.
	ErrIntegrity = errors.New("integrity")
	// ErrFormat says that a file was written by a newer release.
	ErrFormat = errors.New("format of a newer release")
	// ErrName says that a contract, digest or label is not written as one.
	ErrName = errors.New("malformed name")
)

// Error gives all parts in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("registry")
	for _, part := range []string{e.Op, e.Contract, e.Path, e.Message} {
		if part != "" {
			b.WriteString(": ")
			b.WriteString(part)
		}
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	fmt.Fprintf(&b, " (%s)", e.Reason)
	return b.String()
}

// Unwrap gives the error behind it.
func (e *Error) Unwrap() error { return e.Err }

// Kind gives the kind of fault that this is, a word of package tenon's list.
func (e *Error) Kind() string { return e.Reason.Kind() }

// Is says whether the error belongs to the group that target stands for.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrIntegrity:
		return e.Kind() == "integrity"
	case ErrNotFound:
		return e.Reason == ReasonNotFound || e.Reason == ReasonVersionMissing
	case ErrFormat:
		return e.Reason == ReasonFormatNewer
	case ErrName:
		return e.Reason == ReasonNameMalformed
	}
	return false
}

// ReasonOf gives the reason of an error of this package, or "" for any other.
func ReasonOf(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// refuse makes an Error; op and contract are filled in where the call began.
func refuse(reason Reason, path, format string, args ...any) *Error {
	return &Error{Reason: reason, Path: path, Message: fmt.Sprintf(format, args...)}
}

// failed makes an Error of what the system said. Writing decides how a refused permission is called.
func failed(path string, err error, writing bool) error {
	if e := (*Error)(nil); err == nil || errors.As(err, &e) {
		return err
	}
	e := &Error{Reason: ReasonIO, Path: path, Err: bare(err)}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Reason, e.Message = ReasonNotFound, "it does not exist"
	case isNoSpace(err):
		e.Reason, e.Message = ReasonNoSpace, "free some space (tenon gc drops versions that nothing names) and try again"
	case isReadOnly(err), writing && errors.Is(err, fs.ErrPermission):
		e.Reason, e.Message = ReasonReadOnly, "this process may not write to the registry"
	case isNotAFile(err):
		e.Reason, e.Message = ReasonNotAFile, "something else is in the place of a file or folder"
	}
	return e
}

// bare takes the path off an error of package os: the Error has it.
func bare(err error) error {
	for {
		switch e := err.(type) {
		case *fs.PathError:
			err = e.Err
		case *os.LinkError:
			err = e.Err
		case *os.SyscallError:
			err = e.Err
		default:
			return err
		}
	}
}

// named fills in what was asked of which contract.
func named(err *error, op, contract string) {
	if *err == nil {
		return
	}
	var e *Error
	if !errors.As(*err, &e) {
		*err = &Error{Reason: ReasonIO, Op: op, Contract: contract, Err: *err}
		return
	}
	if e.Op == "" {
		e.Op = op
	}
	if e.Contract == "" {
		e.Contract = contract
	}
}
