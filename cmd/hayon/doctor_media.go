package main

// checkFFmpeg says whether videos can be made to fit. Nobody needs it; a program that was named and is not
// there is a mistake.
func (a *app) checkFFmpeg() []finding {
	named := a.ffmpeg()
	switch has := a.fitter().HasFFmpeg(); {
	case named == "none":
		return []finding{good("ffmpeg", "not used, as media.ffmpeg says")}
	case has:
		return []finding{good("ffmpeg", "videos are made to fit, and GIFs move on Bluesky")}
	case named != "":
		return []finding{warning("ffmpeg", "there is no program "+named, "correct it: hayon config set media.ffmpeg PATH   or: hayon config unset media.ffmpeg")}
	}
	return []finding{good("ffmpeg", "not there; only videos that do not fit, and GIFs on Bluesky, would need it")}
}
