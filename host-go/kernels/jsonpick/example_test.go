package jsonpick_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/tenon-dev/tenon/host-go/kernels/jsonpick"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

func Example() {
	ctx := context.Background()
	slot, err := tenontest.Open[jsonpick.Picker](ctx, jsonpick.Contract, jsonpick.Component())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer slot.Close(ctx)
	picker := jsonpick.New(slot)

	document := []byte(`{"order": {"id": 12345678901234567890, "items": [{"sku": "A\u00e9"}, {"sku": "B"}]}}`)
	values, err := picker.Pick(ctx, "/order/id\n/order/items/0/sku\n/order/note", document)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", values[0].JSON(document))
	fmt.Println(values[1].Text(document))
	fmt.Println(values[2].Kind)

	_, err = picker.Pick(ctx, "/order/id", []byte(`{"order": {"id": 1,}}`))
	var failure jsonpick.Failure
	if errors.As(err, &failure) {
		mistake, _ := failure.AsDocument()
		fmt.Println(mistake.Reason, "at", mistake.Offset)
	}
	// Output:
	// 12345678901234567890
	// Aé true
	// absent
	// unexpected-byte at 19
}

func ExampleBaseline() {
	lines := []byte("{\"user\": \"ada\", \"ms\": 12}\n{\"user\": \n{\"user\": \"grace\"}\n")
	table, err := jsonpick.Baseline().PickLines(context.Background(), "/user\n/ms", lines)
	if err != nil {
		fmt.Println(err)
		return
	}
	for line := range int(table.Lines) {
		row := table.Row(line)
		fmt.Printf("user %s, ms %s.\n", row[0].JSON(lines), row[1].JSON(lines))
	}
	fmt.Println(table.Mistakes[0].Line, table.Mistakes[0].Reason)
	// Output:
	// user "ada", ms 12.
	// user , ms .
	// user "grace", ms .
	// 1 unexpected-end
}

func ExampleValue_JSON() {
	document := []byte(`{"size": 1.50}`)
	values, err := jsonpick.Baseline().Pick(context.Background(), "/size", document)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(values[0].JSON(document)))
	// Output: 1.50
}

func ExampleValue_Text() {
	document := []byte(`["plain", "esc\u0061ped", 3]`)
	values, err := jsonpick.Baseline().Pick(context.Background(), "/0\n/1\n/2", document)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range values {
		fmt.Println(v.Text(document))
	}
	// Output:
	// plain true
	// escaped true
	//  false
}

func ExampleTable_Row() {
	lines := []byte("[1,2]\n[3,4]\n")
	table, err := jsonpick.Baseline().PickLines(context.Background(), "/0\n/1", lines)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range table.Row(1) {
		fmt.Println(string(v.JSON(lines)))
	}
	// Output:
	// 3
	// 4
}
