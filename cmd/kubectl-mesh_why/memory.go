package main

import (
	"os"
	"runtime/debug"
	"sync"

	"github.com/mesh-why/mesh-why/internal/manifest"
)

// softLimit is how much memory the program takes before its collector works harder, for files of the default size. Objects that are kept take less than
// half of it.
const softLimit = 800 << 20

// matrixLimit is what comes to it for a matrix: the answer of each pod at each port, and what the proxies of all pods know.
const matrixLimit = 700 << 20

var once sync.Once

// memory tells the collector what a command that reads files may take. Most of what is made on the way is dropped at once, so that collecting it less often
// saves time; the limit keeps that from adding up. Who sets GOGC or GOMEMLIMIT decides.
func (in *input) memory() {
	once.Do(func() {
		if os.Getenv("GOGC") == "" {
			debug.SetGCPercent(200)
		}
		if os.Getenv("GOMEMLIMIT") == "" {
			limit := int64(softLimit)
			if in.pairs {
				limit += matrixLimit
			}
			debug.SetMemoryLimit(int64(float64(limit) * max(1, float64(in.maxInput)/manifest.DefaultMaxInput)))
		}
	})
}
