package dev.chord.node.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Steps through a trace, forwards and back; shows what happened, and every member as it was then. */
final class Replay {
    private static final String HELP = "Enter: next, b: back, NUMBER: go to that step, / TEXT: find, q: end";

    private final List<String> trace;

    Replay(List<String> trace) {
        this.trace = trace;
    }

    void show(boolean interactive) throws IOException {
        if (!interactive) {
            trace.forEach(System.out::println);
            return;
        }
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
        System.out.println(trace.size() + " steps. " + HELP);
        int at = 0;
        String line = "";
        while (line != null && !line.equals("q")) {
            frame(at).forEach(System.out::println);
            line = in.readLine();
            at = line == null ? at : moved(at, line.strip());
        }
    }

    int moved(int at, String command) {
        if (command.isEmpty()) {
            return Math.min(trace.size() - 1, at + 1);
        } else if (command.equals("b")) {
            return Math.max(0, at - 1);
        } else if (command.startsWith("/")) {
            String text = command.substring(1).strip();
            for (int i = at + 1; i < trace.size(); i++) {
                if (trace.get(i).contains(text)) {
                    return i;
                }
            }
            return at;
        } else if (command.matches("\\d{1,7}")) {
            return Math.min(trace.size() - 1, Integer.parseInt(command));
        }
        return at;
    }

    /** The step, and the ring after it: a member's line is the last one in which it changed. */
    List<String> frame(int at) {
        Map<String, String> members = new TreeMap<>();
        for (String line : trace.subList(0, at + 1)) {
            String[] words = line.split(" ", 3);
            if (words.length == 3 && words[1].contains("@")) {
                members.put(words[1], words[2]);
            } else if (line.endsWith(" killed") || line.endsWith(" gone")) {
                members.keySet().removeIf(member -> member.endsWith("@" + words[0]));
            }
        }
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add("step " + at + ": " + trace.get(at));
        members.forEach((member, view) -> lines.add("  " + member + "  " + view));
        return lines;
    }
}
