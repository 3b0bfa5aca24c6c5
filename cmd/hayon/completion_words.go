package main

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// completeHelp completes commands and topics.
func completeHelp(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	at, rest, err := cmd.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return nil, noFiles
	}
	var names []string
	for _, c := range at.Commands() {
		if !c.Hidden {
			names = append(names, c.Name()+"\t"+c.Short)
		}
	}
	return names, noFiles
}

// zoneTables are where systems list the zones of the world.
var zoneTables = []string{"/usr/share/zoneinfo/zone1970.tab", "/usr/share/zoneinfo/zone.tab"}

// zones are the IANA names of zones: those that the system lists, else one for each offset that many
// people live in.
func zones() []string {
	for _, path := range zoneTables {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		names := []string{"UTC"}
		for line := range strings.Lines(string(b)) {
			if fields := strings.Split(strings.TrimSpace(line), "\t"); len(fields) > 2 && !strings.HasPrefix(line, "#") {
				names = append(names, fields[2])
			}
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	return []string{
		"Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "America/Anchorage", "America/Bogota",
		"America/Chicago", "America/Denver", "America/Halifax", "America/Los_Angeles", "America/Mexico_City", "America/New_York",
		"America/Sao_Paulo", "America/St_Johns", "Asia/Dhaka", "Asia/Dubai", "Asia/Jakarta", "Asia/Karachi", "Asia/Kathmandu",
		"Asia/Kolkata", "Asia/Manila", "Asia/Shanghai", "Asia/Singapore", "Asia/Tehran", "Asia/Tokyo", "Australia/Brisbane",
		"Australia/Perth", "Australia/Sydney", "Europe/Berlin", "Europe/Istanbul", "Europe/Lisbon", "Europe/London", "Europe/Madrid",
		"Europe/Moscow", "Europe/Paris", "Europe/Rome", "Pacific/Auckland", "Pacific/Honolulu", "UTC",
	}
}
