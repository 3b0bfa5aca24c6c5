// Command sbom writes the bill of materials of a Go binary, in CycloneDX JSON, from what the toolchain
// has put into the binary: sbom BINARY DOCUMENT.
package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: sbom BINARY DOCUMENT")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func write(binary, document string) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return err
	}
	f, err := os.Create(document)
	if err != nil {
		return err
	}
	encoder := cdx.NewBOMEncoder(f, cdx.BOMFileFormatJSON)
	if err := encoder.SetPretty(true).Encode(bill(info, filepath.Base(binary))); err != nil {
		return err
	}
	return f.Close()
}

// bill lists the modules of a binary, and the toolchain that built it.
func bill(info *debug.BuildInfo, name string) *cdx.BOM {
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Component: &cdx.Component{
		BOMRef: purl(info.Main.Path, info.Main.Version), Type: cdx.ComponentTypeApplication, Name: name,
		Version: info.Main.Version, PackageURL: purl(info.Main.Path, info.Main.Version), Properties: settings(info),
	}}
	components := []cdx.Component{{
		BOMRef: "go", Type: cdx.ComponentTypePlatform, Name: "go", Version: info.GoVersion,
		PackageURL: "pkg:golang/std@" + info.GoVersion,
	}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		components = append(components, cdx.Component{
			BOMRef: purl(m.Path, m.Version), Type: cdx.ComponentTypeLibrary, Name: m.Path, Version: m.Version,
			PackageURL: purl(m.Path, m.Version),
		})
	}
	bom.Components = &components
	return bom
}

func purl(path, version string) string { return "pkg:golang/" + path + "@" + version }

// settings are how the binary was built.
func settings(info *debug.BuildInfo) *[]cdx.Property {
	var out []cdx.Property
	for _, s := range info.Settings {
		out = append(out, cdx.Property{Name: "go:build:" + s.Key, Value: s.Value})
	}
	return &out
}
