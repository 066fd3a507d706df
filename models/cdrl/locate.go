package cdrl

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ebmstudio/checkpoint"
)

// source says where a model's tensors are in a file.
type source struct {
	file             *checkpoint.File
	net, initializer string // prefixes
	weights          string // "ema" or "raw"
}

// locate chooses between averaged and raw weights; the default is averaged where
// the file has them.
func locate(f *checkpoint.File, weights string) (source, error) {
	if weights != "" && weights != "ema" && weights != "raw" {
		return source{}, fmt.Errorf("weights: found %q, want ema or raw", weights)
	}
	if f.Metadata[keyFamily] == Name {
		return locateOwn(f, weights)
	}
	raw := source{file: f, weights: "raw"}
	for _, part := range []struct {
		what, state string
		into        *string
	}{{"energy network", stateNet, &raw.net}, {"initializer", stateInitializer, &raw.initializer}} {
		if !holds(f, part.state) {
			return source{}, fmt.Errorf("the file holds no %s: found no tensors %q, want both networks", part.what, part.state+"...")
		}
		*part.into = part.state
		if holds(f, part.state+"module.") { // DistributedDataParallel's
			*part.into += "module."
		}
	}
	averaged := holds(f, "pi_ema_"+stateSuffix) && holds(f, "p_ema_"+stateSuffix)
	switch {
	case weights == "raw" || weights == "" && !averaged:
		return raw, nil
	case !averaged:
		return source{}, errors.New("the file holds no averaged (ema) weights of both networks, only raw ones\nhint: open it with --weights raw")
	}
	return averagedSource(raw)
}

// stateSuffix ends the name of torch_ema's list, "pi_ema_state_dict.shadow_params.0".
const stateSuffix = "state_dict.shadow_params."

// averagedSource puts the averaged weights in the raw ones' place. torch_ema stores
// them without names, in the order of the parameters: that of the state dict
// without the buffers u and v, which are not averaged.
func averagedSource(raw source) (source, error) {
	view := *raw.file
	view.Tensors = make(map[string]checkpoint.Tensor, len(raw.file.Tensors))
	for name, t := range raw.file.Tensors {
		view.Tensors[name] = t
	}
	for _, part := range []struct{ state, list string }{{raw.net, "pi_ema_" + stateSuffix}, {raw.initializer, "p_ema_" + stateSuffix}} {
		names := parametersOf(raw.file, part.state)
		found := 0
		for _, name := range raw.file.Names {
			if strings.HasPrefix(name, part.list) {
				found++
			}
		}
		if found != len(names) {
			return source{}, fmt.Errorf("%q lists %d tensors, want %d, one for each parameter of %q", strings.TrimSuffix(part.list, "."), found, len(names), strings.TrimSuffix(part.state, "."))
		}
		for i, name := range names {
			averaged, ok := raw.file.Tensors[part.list+strconv.Itoa(i)]
			if want := raw.file.Tensors[name].Shape; !ok || !slices.Equal(averaged.Shape, want) {
				return source{}, fmt.Errorf("tensor %q: found shape %v, want %v as %q", part.list+strconv.Itoa(i), averaged.Shape, want, name)
			}
			view.Tensors[name] = averaged
		}
	}
	return source{file: &view, net: raw.net, initializer: raw.initializer, weights: "ema"}, nil
}

// parametersOf are the names of a state dict's parameters, in order.
func parametersOf(f *checkpoint.File, state string) (names []string) {
	for _, name := range f.Names {
		if strings.HasPrefix(name, state) && !strings.HasSuffix(name, leftU) && !strings.HasSuffix(name, rightV) {
			names = append(names, name)
		}
	}
	return names
}

// averages pairs torch_ema's lists with the parameters, by their places; none in files of
// ours, whose averages have names.
func averages(f *checkpoint.File) map[string]string {
	pairs := map[string]string{}
	for list, state := range map[string]string{"pi_ema_" + stateSuffix: stateNet, "p_ema_" + stateSuffix: stateInitializer} {
		for i, name := range parametersOf(f, state) {
			average := list + strconv.Itoa(i)
			if _, there := f.Tensors[average]; there {
				pairs[average] = name
			}
		}
	}
	return pairs
}

// locateOwn finds the networks of a file of ours.
func locateOwn(f *checkpoint.File, weights string) (source, error) {
	ema := source{f, PrefixNetEMA, PrefixInitializerEMA, "ema"}
	raw := source{f, PrefixNet, PrefixInitializer, "raw"}
	complete := func(s source) bool { return holds(f, s.net) && holds(f, s.initializer) }
	switch {
	case weights != "raw" && complete(ema):
		return ema, nil
	case weights != "ema" && complete(raw):
		return raw, nil
	case complete(ema) || complete(raw):
		return source{}, fmt.Errorf("the file holds no %s weights of both networks, only the other ones", weights)
	}
	var missing []string
	if !holds(f, ema.net) && !holds(f, raw.net) {
		missing = append(missing, "energy network")
	}
	if !holds(f, ema.initializer) && !holds(f, raw.initializer) {
		missing = append(missing, "initializer")
	}
	if missing == nil {
		return source{}, errors.New("the file holds one network averaged and the other raw, want both averaged or both raw")
	}
	return source{}, fmt.Errorf("the file holds no %s, want both networks", strings.Join(missing, " and no "))
}
