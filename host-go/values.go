package tenon

// Option is WIT's option<T>: a value, or none. The zero value is none. It is comparable where T is.
type Option[T any] struct {
	value T
	some  bool
}

// Some is an option that holds v.
func Some[T any](v T) Option[T] { return Option[T]{value: v, some: true} }

// None is the empty option.
func None[T any]() Option[T] { return Option[T]{} }

// Get gives the value and true, or T's zero value and false.
func (o Option[T]) Get() (T, bool) { return o.value, o.some }

// Or gives the value, or fallback when there is none.
func (o Option[T]) Or(fallback T) T {
	if o.some {
		return o.value
	}
	return fallback
}

// Result is WIT's result<T, E> where it stands inside another type; as the result of a function it is a pair
// (T, error). A side without a payload is struct{}. The zero value is the ok side with T's zero value.
type Result[T, E any] struct {
	value  T
	err    E
	failed bool
}

// Ok is the ok side.
func Ok[T, E any](v T) Result[T, E] { return Result[T, E]{value: v} }

// Err is the error side.
func Err[T, E any](e E) Result[T, E] { return Result[T, E]{err: e, failed: true} }

// Get gives both payloads, of which only one means something, and whether it is the ok side.
func (r Result[T, E]) Get() (T, E, bool) { return r.value, r.err, !r.failed }
