package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"crawl/parse"
)

func (a *app) workerCmd() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Parse pages for a crawl: on standard input and output, or over TCP",
		Long: strings.TrimSpace(`
Serve the worker protocol (docs/worker-protocol.md: MessagePack-RPC). A crawl starts its workers by itself; this verb is for
workers elsewhere:

  crawl run --select title=h1 --parser-cmd 'ssh host crawl worker' list.txt
  crawl worker --listen 127.0.0.1:6789        and then        --parser-cmd tcp://127.0.0.1:6789

With --listen, whoever can connect can have pages parsed, and sees nothing of anyone else's: there is no password and no
encryption. It listens on loopback unless the address names another interface; across hosts take ssh.`),
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("listen") {
				return runWorker(cmd.Context())
			}
			return a.listenWorkers(cmd.Context(), listen)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "`ADDRESS` to serve over TCP: 127.0.0.1:6789, or :6789 for the same")
	return cmd
}

func (a *app) listenWorkers(ctx context.Context, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return usageError("--listen %s: write HOST:PORT, as in 127.0.0.1:6789", clean(addr))
	}
	if host == "" {
		host = "127.0.0.1"
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return usageError("--listen %s: %w; choose another address", clean(addr), err)
	}
	sig := watchSignals(ctx, func() {})
	defer sig.stop()
	a.printf("tcp://%s\n", l.Addr())
	if tcp, ok := l.Addr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		a.notef("Anyone who can reach %s can have pages parsed here, unencrypted and without a password. Across hosts take ssh.\n", l.Addr())
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("this program cannot find itself to run as a worker: %w", err)
	}
	err = parse.ListenWorkers(sig.ctx, l, parse.ListenOptions{Command: []string{self, "worker"}, Sandbox: true, Stderr: os.Stderr})
	if errors.Is(err, context.Canceled) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
