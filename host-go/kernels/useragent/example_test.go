package useragent_test

import (
	"context"
	"fmt"

	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
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
