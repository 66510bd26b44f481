using Debci.Api.Cli;

return await Verbs.Root().Parse(args).InvokeAsync();
