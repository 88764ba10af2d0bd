package dev.chord.core.protocol;

import java.util.List;

/** The result of one step: the state after it and what is to be done. */
public record Transition(NodeState state, List<Action> actions) {}
