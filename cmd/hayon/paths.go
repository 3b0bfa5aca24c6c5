package main

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"

	"github.com/hayon/hayon"
)

// paths are where a profile keeps its things.
type paths struct {
	// configs are the configuration files, the one that wins last: system, user, profile.
	configs []configFile
	// data is the profile's data folder, 0700.
	data string
	// config is the folder of the user's configuration files, and root that of all profiles' data.
	config, root string
	// runtime is a folder for a socket whose path in data would be too long; "" where there is none.
	runtime string
}

// configFile is a configuration file and where it stands in the order of what wins.
type configFile struct{ origin, path string }

// The origins of configuration files.
const (
	originSystem  = "system"
	originUser    = "user"
	originProfile = "profile"
	originConfig  = "--config"
)

// userConfig is the configuration file of the user, and profileConfig that of one of the profiles.
func (p paths) userConfig() configFile {
	return configFile{originUser, filepath.Join(p.config, "config.toml")}
}

func (p paths) profileConfig(profile string) configFile {
	return configFile{originProfile, filepath.Join(p.profileConfigs(), profile+".toml")}
}

func (p paths) profileConfigs() string { return filepath.Join(p.config, "profiles") }

// systemConfig is the configuration file of the machine, as HAYON_SYSTEM_CONFIG names it; "" on
// Windows without it: the folder that programs share there can be written by every user.
func systemConfig(getenv func(string) (string, bool)) string {
	if path, ok := getenv("HAYON_SYSTEM_CONFIG"); ok && path != "" {
		return path
	}
	if runtime.GOOS == "windows" {
		return ""
	}
	return "/etc/hayon/config.toml"
}

func (p paths) database() string { return filepath.Join(p.data, "hayon.db") }
func (p paths) blobs() string    { return filepath.Join(p.data, "blobs") }
func (p paths) site() string     { return filepath.Join(p.data, "site") }
func (p paths) demo() string     { return filepath.Join(p.data, "demo") }
func (p paths) log() string      { return filepath.Join(p.data, "daemon.log") }

// maxSocketPath is the longest path of a unix socket that every system takes: 104 bytes on macOS
// with the final zero, 108 on Linux.
const maxSocketPath = 103

// socket is where the daemon of the profile listens.
func (p paths) socket() string {
	path := filepath.Join(p.data, "hayon.sock")
	if len(path) <= maxSocketPath || p.runtime == "" {
		return path
	}
	return filepath.Join(p.runtime, "hayon-"+shortHash(p.data)+".sock")
}

var profilePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$`) })

const defaultProfile = "default"

// newPaths finds the folders of a profile: below HAYON_HOME where it is set, else in the XDG folders
// where those are set, else where the system keeps such things. A profile that is just being renamed or
// deleted is a conflict.
func newPaths(getenv func(string) (string, bool), profile, config string) (paths, error) {
	p, err := pathsOf(getenv, profile, config)
	if err != nil {
		return p, err
	}
	return p, p.refuseUnfinished(profile)
}

// pathsOf is newPaths for who renames and deletes.
func pathsOf(getenv func(string) (string, bool), profile, config string) (paths, error) {
	if !profilePattern().MatchString(profile) {
		return paths{}, hayon.Errorf(hayon.CodeUsage, "%q is no name of a profile", profile).
			WithHint("use letters, digits, '.', '_' and '-', as in --profile work")
	}
	var p paths
	configDir, dataDir, err := baseFolders(getenv)
	if err != nil {
		return paths{}, err
	}
	p.config, p.root, p.data = configDir, dataDir, filepath.Join(dataDir, profile)
	p.runtime, _ = getenv("XDG_RUNTIME_DIR")
	if p.runtime == "" {
		p.runtime = os.TempDir()
	}
	if config != "" {
		p.configs = []configFile{{originConfig, config}}
		return p, nil
	}
	if path := systemConfig(getenv); path != "" {
		p.configs = append(p.configs, configFile{originSystem, path})
	}
	p.configs = append(p.configs, p.userConfig(), p.profileConfig(profile))
	return p, nil
}

func baseFolders(getenv func(string) (string, bool)) (config, data string, err error) {
	if home, ok := getenv("HAYON_HOME"); ok && home != "" {
		abs, err := filepath.Abs(home)
		if err != nil {
			return "", "", hayon.Errorf(hayon.CodeLocal, "HAYON_HOME is no folder: %w", err)
		}
		return abs, filepath.Join(abs, "data"), nil
	}
	config, _ = getenv("XDG_CONFIG_HOME")
	data, _ = getenv("XDG_DATA_HOME")
	if config == "" {
		if config, err = os.UserConfigDir(); err != nil {
			return "", "", noHome(err)
		}
	}
	if data == "" {
		if data, err = userDataDir(getenv); err != nil {
			return "", "", noHome(err)
		}
	}
	return filepath.Join(config, "hayon"), filepath.Join(data, "hayon"), nil
}

func noHome(err error) error {
	return hayon.Errorf(hayon.CodeLocal, "there is no home folder to keep things in: %w", err).
		WithHint("say where: export HAYON_HOME=/path/to/folder")
}

// userDataDir is where the system keeps the data of programs.
func userDataDir(getenv func(string) (string, bool)) (string, error) {
	switch runtime.GOOS {
	case "windows":
		if dir, ok := getenv("LocalAppData"); ok && dir != "" {
			return dir, nil
		}
		return os.UserConfigDir()
	case "darwin":
		return os.UserConfigDir()
	default:
		home, err := os.UserHomeDir()
		return filepath.Join(home, ".local", "share"), err
	}
}
