# embed.awk - the files named on the command line as one C source: what
# `orchestrator init` makes its own files of. Run by make in the source folder.

function close_text() {
	if (open)
		print "\t  \"\" },"
}

BEGIN {
	print "/* Made by src/door/embed.awk: edit the files it names. */"
	print "#include \"door/init_parts.h\"\n"
	print "const struct init_text init_texts[] = {"
}

FNR == 1 {
	close_text()
	printf "\t{ \"%s\",\n", FILENAME
	open = 1
}

{
	gsub(/\\/, "&&")
	gsub(/"/, "\\\\&")
	gsub(/\t/, "\\t")
	printf "\t  \"%s\\n\"\n", $0
}

END {
	close_text()
	print "\t{ NULL, NULL },"
	print "};"
}
