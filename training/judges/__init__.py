"""What reads pictures: the judges behind the figures of evaluation."""
