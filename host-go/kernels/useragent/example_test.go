package useragent_test

import (
	"context"
	"fmt"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

func ExampleBaseline() {
	agent, err := useragent.Baseline().Parse(context.Background(), "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
	if err != nil {
		fmt.Println(err)
		return
	}
	major, _ := agent.Browser.Major.Get()
	_, knowsOS := agent.OS.Major.Get()
	fmt.Println(agent.Browser.Family, major, agent.Device.Family, agent.OS.Family, knowsOS)
	// Output: Googlebot 2 Spider Other false
}

const (
	bot  = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
	curl = "curl/8.5.0"
)

// A batch of lines is one call. Who reads in batches gives the same slice again and again, and the answers are put into it.
func ExampleClient_AppendParseAll() {
	ctx := context.Background()
	slot, err := tenontest.Open[useragent.Parser](ctx, useragent.Contract, useragent.Component())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer slot.Close(ctx)
	client := useragent.New(slot)
	var agents []useragent.Agent
	for _, lines := range [][]string{{bot, curl}, {curl}} {
		agents, err = client.AppendParseAll(ctx, agents[:0], lines)
		for _, a := range agents {
			fmt.Println(a.Browser.Family)
		}
		fmt.Println(err)
	}
	// Output:
	// Googlebot
	// curl
	// <nil>
	// curl
	// <nil>
}

// Who only counts needs no copies of the answers. A family is bytes in the kernel's memory; as a map's key it is copied when
// it is new.
func ExampleClient_ViewParseAll() {
	ctx := context.Background()
	slot, err := tenontest.Open[useragent.Parser](ctx, useragent.Contract, useragent.Component())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer slot.Close(ctx)
	client := useragent.New(slot)
	families := make(map[string]int)
	err = client.ViewParseAll(ctx, []string{bot, curl, curl}, func(agents tenon.View[useragent.AgentView]) error {
		for _, a := range agents.All() {
			families[string(a.Browser.Family)]++
		}
		return nil
	})
	fmt.Println(families, err)
	// Output: map[Googlebot:1 curl:2] <nil>
}
