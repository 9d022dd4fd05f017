#!/bin/sh
# Prints the file name for a title: lower case, words joined by single dashes.
printf '%s\n' "$1" | tr '[:upper:]' '[:lower:]' | tr ' ' '-'
