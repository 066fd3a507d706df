package engine

// Pin is the one build of an XLA plugin that an engine loads. It is code that
// runs inside the program, so it is named down to its bytes.
type Pin struct {
	Package string `json:"package"` // on PyPI
	Version string `json:"version"`
	File    string `json:"file"`   // its name on disk
	SHA256  string `json:"sha256"` // of that file
}

// pins lists them by engine. install-plugin.sh repeats them (a test compares).
// A new version is a change here, there, and a run of the tests.
func pins() map[string]Pin {
	return map[string]Pin{
		XLACPU: {
			Package: "lammps-jax-pjrt-cpu", Version: "0.11.2",
			File:   "pjrt_c_api_cpu_plugin.so",
			SHA256: "ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2",
		},
		XLACUDA: {
			Package: "jax-cuda13-pjrt", Version: "0.12.0.1",
			File:   "pjrt_c_api_cuda_plugin.so",
			SHA256: "b6de513893c09af2c77e71afcef46d9706f8c259337cdef4cd5cae2353886f75",
		},
	}
}

// Environment variables that an engine reads.
const (
	EnvPluginPath    = "PJRT_PLUGIN_LIBRARY_PATH" // folders (or files) to look for plugins in, instead of the usual ones
	EnvAllowUnpinned = "EBMSTUDIO_ALLOW_UNPINNED" // "1": load a plugin whose SHA-256 is not the pinned one
)

// installHint is what to type to get the pinned plugin of an engine.
func installHint(name string) string {
	if name == XLACUDA {
		return "scripts/install-plugin.sh cuda (some 3 GB, with NVIDIA's libraries)"
	}
	return "make setup, or scripts/install-plugin.sh"
}
