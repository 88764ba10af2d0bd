package dev.chord.node.cli;

import dev.chord.client.Explanation;
import dev.chord.client.Located;
import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import dev.chord.core.version.Version;
import dev.chord.node.demo.Sizes;
import dev.chord.node.gateway.Views;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code chord explain}: where everything of a file is, beside where it should be. */
@Command(
        name = "explain",
        description = {
            "Say who should hold a file's name and blocks, who does, and what is stale, missing or one too many.",
            "Exit 12 if something is not in its place: repair brings it there, soon after the ring has changed."
        },
        mixinStandardHelpOptions = true)
final class ExplainCommand extends RingVerb {
    private static final int NOT_IN_PLACE = 12;

    @Parameters(paramLabel = "REF", description = "content id or its beginning, name, name@node; id: and name: force")
    String ref = "";

    @Override
    int run(Ring ring, Output out) {
        Explanation explanation = ring.diagnosis().explain(ref);
        Located located = explanation.located();
        List<String> lines = new ArrayList<>();
        lines.add(located.content().toHex() + "  " + Sizes.of(located.size()) + " in " + located.chunks()
                + (located.chunks() == 1 ? " block" : " blocks"));
        located.name().ifPresent(name -> record(name, explanation, lines));
        explanation.parts().forEach(part -> part(part, lines));
        located.sources().stream()
                .filter(s -> s.kind() == Located.Kind.PROVIDER)
                .forEach(s -> lines.add("shared by " + s.peer() + ": " + s.reason()));
        lines.add(
                explanation.inPlace()
                        ? "everything is in its place"
                        : "not everything is in its place: repair does it within repair.delay of a change, or now with"
                                + " 'chord node repair'");
        out.result(Views.explained(explanation), lines);
        return explanation.inPlace() ? 0 : NOT_IN_PLACE;
    }

    private static void record(NameEntry name, Explanation explanation, List<String> lines) {
        lines.add("the name '" + FileName.printable(name.name()) + "', version "
                + name.version().number());
        List<List<String>> table = new ArrayList<>();
        explanation
                .record()
                .forEach(copy -> table.add(List.of(
                        "  " + Views.state(copy.state()),
                        copy.role(),
                        copy.peer().toString(),
                        copy.version().equals(Version.NONE)
                                ? "no version"
                                : "version " + copy.version().number())));
        lines.addAll(Output.table(table));
    }

    private static void part(Explanation.Part part, List<String> lines) {
        int blocks = part.chunks().size();
        lines.add(blocks + (blocks == 1 ? " block, " : " blocks, ") + part.copies() + " copies wanted"
                + (part.tooFew() == 0 ? "" : ", too few of " + part.tooFew()));
        List<List<String>> table = new ArrayList<>();
        part.holders()
                .forEach(holder -> table.add(List.of(
                        "  " + Views.state(holder.state()),
                        holder.peer().toString(),
                        "has " + holder.count() + " of " + blocks)));
        lines.addAll(Output.table(table));
    }
}
