package tenon

// ZeroCall is a call of an export with zero values, for tests that know nothing of the component.
type ZeroCall struct {
	Export string
	Args   []Value
}

// ZeroCalls gives a call of each export that has zero values: functions that take resources have none.
func ZeroCalls(k *Kernel) []ZeroCall {
	var calls []ZeroCall
	for _, e := range k.exports() {
		if args, ok := k.zeroArgs(e.at); ok {
			calls = append(calls, ZeroCall{e.ref.String(), args})
		}
	}
	return calls
}
