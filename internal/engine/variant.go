package engine

import (
	"fmt"
	"os"
	"strconv"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// Precisions of products, as Options.Precision, --precision and EnvPrecision take them.
const (
	Float32  = "float32"
	BFloat16 = "bfloat16" // drafts: 8 bits of every factor count, sums are float32
)

// Environment variables of how networks are placed for sampling.
const (
	EnvPrecision = "EBMSTUDIO_PRECISION"
	EnvDevices   = "EBMSTUDIO_DEVICES" // how many devices share one batch of chains: a number or "all"
)

// all is the word for every device that an engine has.
const all = "all"

// variant is a backend on which networks for sampling are placed on several devices, or
// multiply in bfloat16. Trainings use Plain.
type variant struct {
	compute.Backend
	devices int
	half    bool
}

// Devices is how many devices share one batch.
func (v *variant) Devices() int { return v.devices }

// Plain is the backend itself, one device and float32.
func (v *variant) Plain() compute.Backend { return v.Backend }

// Builder makes computations whose products are those of the variant.
func (v *variant) Builder(name string) compute.Builder {
	b := v.Backend.Builder(name)
	if v.half {
		return &halfBuilder{Builder: b}
	}
	return b
}

// vary applies what options and environment say of precision and devices. The environment
// is for the engines that can: it asks nothing of the pure-Go engine, which options may not.
func (e *Engine) vary(o Options) error {
	if o.Precision == "" && e.Name != Go {
		o.Precision = os.Getenv(EnvPrecision)
	}
	if o.Devices == "" && e.Name != Go {
		o.Devices = os.Getenv(EnvDevices)
	}
	half, err := e.precision(o.Precision)
	if err != nil {
		return err
	}
	devices, err := e.devices(o.Devices)
	if err != nil || !half && devices == 1 {
		return err
	}
	e.Backend = &variant{e.Backend, devices, half}
	if half {
		e.Version += ", products in bfloat16"
	}
	if devices > 1 {
		e.Version += fmt.Sprintf(", %d devices", devices)
	}
	return nil
}

func (e *Engine) precision(asked string) (half bool, err error) {
	switch asked {
	case "", Float32:
		return false, nil
	case BFloat16:
		if e.Name == Go {
			return false, fmt.Errorf("precision %s: the engine go has no fast products of it, want xla:cpu or xla:cuda", asked)
		}
		return true, nil
	}
	return false, fmt.Errorf("precision: found %q, want %s or %s", asked, Float32, BFloat16)
}

// devices are all GPUs where nothing is asked, and one processor: the devices that XLA
// divides a processor into share its cores.
func (e *Engine) devices(asked string) (int, error) {
	have := int(e.Backend.NumDevices())
	if asked == "" {
		if e.Name == XLACUDA {
			return max(1, have), nil
		}
		return 1, nil
	}
	if asked == all {
		return max(1, have), nil
	}
	n, err := strconv.Atoi(asked)
	if err != nil || n < 1 || n > have {
		return 0, fmt.Errorf("devices: found %q, want a number from 1 to the %d that %s has, or %s", asked, have, e.Name, all)
	}
	return n, nil
}

// halfBuilder builds computations whose products have factors of bfloat16.
type halfBuilder struct {
	compute.Builder
	main *halfFunction
}

// Main implements compute.Builder.
func (b *halfBuilder) Main() compute.Function {
	if b.main == nil {
		b.main = &halfFunction{Function: b.Builder.Main()}
	}
	return b.main
}

// halfFunction rounds the factors of convolutions and matrix products to bfloat16. Their
// results, and everything else, stay float32.
type halfFunction struct{ compute.Function }

// ConvGeneral implements compute.StandardOps.
func (f *halfFunction) ConvGeneral(input, kernel compute.Value, axes compute.ConvolveAxesConfig, strides []int, paddings [][2]int,
	inputDilations, kernelDilations []int, channelGroups, batchGroups int,
) (compute.Value, error) {
	return f.product(input, kernel, func(x, k compute.Value) (compute.Value, error) {
		return f.Function.ConvGeneral(x, k, axes, strides, paddings, inputDilations, kernelDilations, channelGroups, batchGroups)
	})
}

// DotGeneral implements compute.StandardOps.
func (f *halfFunction) DotGeneral(lhs compute.Value, lhsContracting, lhsBatch []int, rhs compute.Value, rhsContracting, rhsBatch []int,
	config compute.DotGeneralConfig,
) (compute.Value, error) {
	return f.product(lhs, rhs, func(x, y compute.Value) (compute.Value, error) {
		if config.AccumulatorDType == dtypes.InvalidDType {
			config.AccumulatorDType = dtypes.Float32
		}
		return f.Function.DotGeneral(x, lhsContracting, lhsBatch, y, rhsContracting, rhsBatch, config)
	})
}

// product multiplies rounded factors where they are float32, and others as they are.
func (f *halfFunction) product(a, b compute.Value, multiply func(a, b compute.Value) (compute.Value, error)) (compute.Value, error) {
	for _, v := range []compute.Value{a, b} {
		if s, err := f.Shape(v); err != nil || s.DType != dtypes.Float32 {
			return multiply(a, b)
		}
	}
	var err error
	if a, err = f.ConvertDType(a, dtypes.BFloat16); err != nil {
		return nil, err
	}
	if b, err = f.ConvertDType(b, dtypes.BFloat16); err != nil {
		return nil, err
	}
	y, err := multiply(a, b)
	if err != nil {
		return nil, err
	}
	return f.ConvertDType(y, dtypes.Float32)
}
