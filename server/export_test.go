package server

// ListenUnixAs is ListenUnix for the processes of another user.
var ListenUnixAs = listenUnix
