package client

// checkOwner leaves it to the folder's access list who may make a socket there.
func checkOwner(string) error { return nil }
