package dev.chord.node.cli;

import dev.chord.client.Ring;
import java.util.concurrent.Callable;
import picocli.CommandLine.ParentCommand;

/** A verb that works on a ring: connects, does its work, closes. */
abstract class RingVerb implements Callable<Integer> {
    @ParentCommand
    ChordCommand root;

    @Override
    public final Integer call() {
        try (Ring ring = root.globals.connect()) {
            return run(ring, root.globals.output());
        }
    }

    abstract int run(Ring ring, Output out);
}
