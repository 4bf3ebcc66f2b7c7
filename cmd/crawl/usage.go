package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagError says in words what is wrong with a flag.
func flagError(cmd *cobra.Command, err error) error {
	var (
		absent  *pflag.NotExistError
		missing *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	help := fmt.Sprintf("`%s --help` lists the flags", cmd.CommandPath())
	switch {
	case errors.As(err, &absent) && singleDash(cmd.Flags(), absent.GetSpecifiedShortnames()) != "":
		return usageError("a flag's name takes two dashes: write --%s", singleDash(cmd.Flags(), absent.GetSpecifiedShortnames()))
	case errors.As(err, &invalid) && invalid.GetFlag().Shorthand != "" && cmd.Flags().Lookup(invalid.GetFlag().Shorthand+invalid.GetValue()) != nil:
		return usageError("a flag's name takes two dashes: write --%s", invalid.GetFlag().Shorthand+invalid.GetValue())
	case errors.As(err, &absent):
		return absentError(cmd, absent, help)
	case errors.As(err, &missing):
		return usageError("--%s needs a value; %s", missing.GetFlag().Name, help)
	case errors.As(err, &invalid):
		return usageError("--%s: %s", invalid.GetFlag().Name, valueError(invalid))
	}
	return usageError("%s; %s", err, help)
}

// absentError says of a flag that there isn't which one may be meant.
func absentError(cmd *cobra.Command, absent *pflag.NotExistError, help string) error {
	name, letters := absent.GetSpecifiedName(), absent.GetSpecifiedShortnames()
	flag, near := "--"+name, []string(nil)
	if letters != "" {
		flag = "-" + name
	} else {
		near = nearFlags(cmd.Flags(), name)
	}
	hint := cmp.Or(habitual(cmd.Flags(), letters), habitual(cmd.Flags(), name))
	switch run, _, _ := cmd.Root().Find([]string{"run"}); {
	case hint != "":
		return usageError("there is no flag %s; %s; %s", flag, hint, help)
	case len(near) > 0:
		return usageError("there is no flag %s; is it %s? %s", flag, strings.Join(near, " or "), help)
	case !cmd.HasParent() && (run.Flags().Lookup(name) != nil || letters != "" && run.Flags().ShorthandLookup(name) != nil):
		return usageError("a verb comes before its flags: `crawl run %s`, say; `crawl --help` lists the verbs", flag)
	}
	return usageError("there is no flag %s; %s", flag, help)
}

// singleDash gives the flag that was written with one dash, "" when there is none like that. Of "-quiet" only "uiet" is
// left to tell it by, because -q is a flag.
func singleDash(flags *pflag.FlagSet, letters string) (name string) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name == letters || len(letters) > 2 && strings.HasSuffix(f.Name, letters) && len(f.Name) == len(letters)+1 {
			name = f.Name
		}
	})
	return name
}

// nearFlags gives the flag whose name is the nearest to one that there isn't. A first word that other flags begin with is taken as
// meant (--min-size is not --max-size): then only they are looked at, and all are given when none is near.
func nearFlags(flags *pflag.FlagSet, name string) (near []string) {
	var alike []string
	first, _, words := strings.Cut(name, "-")
	flags.VisitAll(func(f *pflag.Flag) {
		if words && !f.Hidden && strings.HasPrefix(f.Name, first+"-") {
			alike = append(alike, "--"+f.Name)
		}
	})
	least := maxMisspelt + 1
	flags.VisitAll(func(f *pflag.Flag) {
		d := distance(f.Name, name)
		if !f.Hidden && d < least && d < len(f.Name)-1 && (alike == nil || slices.Contains(alike, "--"+f.Name)) {
			near, least = []string{"--" + f.Name}, d
		}
	})
	if near == nil {
		return alike
	}
	return near
}

// distance is the Levenshtein distance of two names, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// valueError says what the value of a flag has to look like.
func valueError(e *pflag.InvalidValueError) string {
	kind := ""
	switch e.GetFlag().Value.Type() {
	case "int", "int64":
		kind = "a whole number"
	case "uint64":
		kind = "a whole number of 0 or more"
	case "float64":
		kind = "a number"
	case "bool":
		kind = "true or false"
	case "duration":
		kind = "a time: write 200ms, 5s or 2m"
	default:
		return e.Unwrap().Error()
	}
	return fmt.Sprintf("%q is not %s", e.GetValue(), kind)
}

// takes is the check of a verb's arguments: at least so many, at most so many, in words.
func takes(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return usageError("%s takes %s; `%s --help` tells more", cmd.CommandPath(), what, cmd.CommandPath())
		}
		return nil
	}
}

// noArgs is the check of a verb without arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError("%s takes no arguments; %s", cmd.CommandPath(), insteadOf(cmd, args[0]))
	}
	return nil
}

// insteadOf tells what to write for an argument that a verb does not take: the flag that its user may have meant.
func insteadOf(cmd *cobra.Command, arg string) string {
	if _, err := parseClasses(strings.Split(arg, ","), retryable()); err == nil && cmd.Flags().Lookup("class") != nil {
		return "write --class " + arg
	}
	if info, err := os.Stat(arg); err == nil && info.IsDir() && cmd.Flags().Lookup("store") != nil {
		return "a store is named with --store " + clean(arg)
	}
	return fmt.Sprintf("leave out %q", arg)
}

// unknownVerb is the answer to a verb that there isn't.
func unknownVerb(root *cobra.Command, name string) error {
	if near := root.SuggestionsFor(name); len(near) > 0 {
		return usageError("there is no verb %q; is it %s? `crawl --help` lists them", name, strings.Join(near, " or "))
	}
	if isURL(name) {
		return usageError("%s is no verb; write `crawl run %s`", clean(name), clean(name))
	}
	if st, err := os.Stat(name); err == nil && st.Mode().IsRegular() {
		return usageError("there is no verb %q; to crawl that list, write `crawl run %s`", name, clean(name))
	}
	return usageError("there is no verb %q; `crawl --help` lists them", name)
}

func (a *app) helpCmd(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [VERB]",
		Short: "Tell about a verb",
		Args:  takes(0, 1, "one verb"),
		ValidArgsFunction: func(*cobra.Command, []string, string) (names []string, _ cobra.ShellCompDirective) {
			for _, c := range root.Commands() {
				names = append(names, c.Name())
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return unknownVerb(root, args[0])
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}

func (a *app) completionCmd(root *cobra.Command) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a script that lets a shell complete verbs and flags",
		Example: `  source <(crawl completion bash)
  crawl completion zsh > "${fpath[1]}/_crawl"
  crawl completion fish > ~/.config/fish/completions/crawl.fish`,
		Args:      takes(1, 1, "one shell: "+strings.Join(shells, ", ")),
		ValidArgs: shells,
		RunE: func(_ *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.out, true)
			case "zsh":
				return root.GenZshCompletion(a.out)
			case "fish":
				return root.GenFishCompletion(a.out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.out)
			}
			return usageError("%q is not a shell that crawl knows: use one of %s", args[0], strings.Join(shells, ", "))
		},
	}
}

// dirFlag is a directory as a flag: it must have a name.
type dirFlag string

func (f *dirFlag) String() string { return string(*f) }
func (f *dirFlag) Type() string   { return "DIR" }

// Set refuses the empty name, which an unset variable of a script would give.
func (f *dirFlag) Set(s string) error {
	if s == "" {
		return errors.New("it needs the name of a directory")
	}
	*f = dirFlag(s)
	return nil
}
